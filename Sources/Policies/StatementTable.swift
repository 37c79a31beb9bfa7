/// The statements of a document as decisions read them: side by side in memory of their own, so that
/// looking at one follows no reference and counts none.
final class StatementTable: @unchecked Sendable {
  /// One pattern, or one principal's name, whose bytes lie in `bytes`.
  private struct Entry {
    var form: CompiledPattern.Form
    var principal: PrincipalElement.Kind
    var start: Int
    var count: Int
    var hash: UInt64
  }

  private struct Row {
    var isAllow: Bool
    var action: ListForm
    var resource: ListForm
    var principal: ListForm
    var meansItsResource: Bool
    /// A variable must be filled in first: the statement itself is asked.
    var resourceHasVariables: Bool
    /// It has conditions, or a grant's constraint.
    var isConditional: Bool
    var readsTime: Bool
    /// Where the entries of the actions begin; those of the resources and principals follow.
    var actions: Int
    var resources: Int
    var principals: Int
    var end: Int
  }

  private let statements: [Statement]
  private let rows: UnsafeMutableBufferPointer<Row>
  private let entries: UnsafeMutableBufferPointer<Entry>
  private let bytes: UnsafeMutableBufferPointer<UInt8>

  init(_ statements: [Statement]) {
    var rows: [Row] = []
    var entries: [Entry] = []
    var bytes: [UInt8] = []
    func add(_ pattern: CompiledPattern) {
      entries.append(
        Entry(
          form: pattern.form, principal: .everyone, start: bytes.count,
          count: pattern.bytes.count, hash: ComparedTexts.hash(of: pattern.bytes)))
      bytes += pattern.bytes
    }
    func add(exactly name: PrincipalElement.Entry) {
      let text = Array(name.text.utf8)
      entries.append(
        Entry(
          form: .exact, principal: name.kind, start: bytes.count, count: text.count,
          hash: ComparedTexts.hash(of: text)))
      bytes += text
    }
    for statement in statements {
      let actions = entries.count
      for pattern in statement.actionPatterns { add(pattern) }
      let resources = entries.count
      for case let pattern? in statement.resourcePatterns { add(pattern) }
      let principals = entries.count
      for name in statement.principal?.entries ?? [] { add(exactly: name) }
      rows.append(
        Row(
          isAllow: statement.effect == .allow, action: statement.actionForm,
          resource: statement.resourceForm, principal: statement.principalForm,
          meansItsResource: statement.meansItsResource,
          resourceHasVariables: statement.resourcePatterns.contains { $0 == nil },
          isConditional: !statement.conditions.isEmpty || statement.constraint != nil,
          readsTime: statement.readsTime, actions: actions, resources: resources,
          principals: principals, end: entries.count))
    }
    self.statements = statements
    self.rows = Self.copy(rows)
    self.entries = Self.copy(entries)
    self.bytes = Self.copy(bytes)
    readsTime = rows.contains(where: \.readsTime)
  }

  /// Whether an answer of any statement may differ a moment later.
  let readsTime: Bool

  private static func copy<Element>(_ elements: [Element]) -> UnsafeMutableBufferPointer<Element> {
    let copy = UnsafeMutableBufferPointer<Element>.allocate(capacity: elements.count)
    _ = copy.initialize(from: elements)
    return copy
  }

  deinit {
    rows.deallocate()
    entries.deallocate()
    bytes.deallocate()
  }

  // MARK: Reading

  /// What all statements say together to one question.
  func read(_ asking: Asking, _ question: AccessQuestion, into saying: inout Saying) {
    saying.insert(readsTime ? [.isPresent, .readsTime] : .isPresent)
    for index in rows.indices {
      let row = rows[index]
      guard fitsAction(row, asking), fitsResource(row, index, asking, question) else { continue }
      let match = match(row, asking)
      if case .no = match { continue }
      if row.isConditional, !statements[index].meetsConditions(question) { continue }
      if !row.isAllow {
        saying.insert(.denies)
      } else if case .direct = match {
        saying.insert(.allows)
      } else {
        saying.insert(.delegates)
      }
    }
  }

  /// The parts of a statement that do not fit, and how it speaks of the one who asks.
  func look(at index: Int, _ asking: Asking, _ question: AccessQuestion)
    -> (missed: StatementParts, match: PrincipalMatch)
  {
    let row = rows[index]
    let match = match(row, asking)
    var missed = StatementParts()
    if case .no = match { missed.insert(.principal) }
    if !fitsAction(row, asking) { missed.insert(.action) }
    if !fitsResource(row, index, asking, question) { missed.insert(.resource) }
    if row.isConditional { missed.formUnion(statements[index].missedConditions(question)) }
    return (missed, match)
  }

  /// Whether some Allow statement speaks of the one who asks by name, or as everybody.
  func allowsDirectly(_ asking: Asking, _ question: AccessQuestion) -> Bool {
    var saying = Saying()
    read(asking, question, into: &saying)
    return saying.contains(.allows)
  }

  @inline(__always)
  private func fitsAction(_ row: Row, _ asking: Asking) -> Bool {
    if case .missing = row.action { return false }
    for place in row.actions..<row.resources where covers(entries[place], asking.action) {
      return !row.action.isNegated
    }
    return row.action.isNegated
  }

  @inline(__always)
  private func fitsResource(
    _ row: Row, _ index: Int, _ asking: Asking, _ question: AccessQuestion
  ) -> Bool {
    if case .missing = row.resource { return row.meansItsResource }
    if row.resourceHasVariables { return statements[index].fitsResource(question) }
    for resource in asking.resources {
      var isCovered = false
      for place in row.resources..<row.principals where covers(entries[place], resource) {
        isCovered = true
        break
      }
      if isCovered == row.resource.isNegated { return false }
    }
    return true
  }

  @inline(__always)
  private func match(_ row: Row, _ asking: Asking) -> PrincipalMatch {
    if case .missing = row.principal { return .direct }
    if row.principal.isNegated, !row.isAllow { return isSpared(row, asking) ? .no : .direct }
    var best = PrincipalMatch.no
    for place in row.principals..<row.end {
      switch match(entries[place], asking) {
      case .direct: return row.principal.isNegated ? .no : .direct
      case .account: best = .account
      case .no: continue
      }
    }
    guard row.principal.isNegated else { return best }
    if case .no = best { return .direct }
    return .no
  }

  /// Whether the list of a Deny with `NotPrincipal` spares the one who asks: it must have every name
  /// that stands for them, the account, the user or the role, and the role's session. It never
  /// spares who has a permissions boundary.
  /// Source: IAM User Guide, NotPrincipal with Deny; permissions boundaries for IAM entities.
  private func isSpared(_ row: Row, _ asking: Asking) -> Bool {
    if asking.isBounded { return false }
    var missing = asking.levels
    for place in row.principals..<row.end {
      let entry = entries[place]
      guard entry.principal == .aws else {
        if case .direct = match(entry, asking) { return true }
        continue
      }
      for (index, name) in asking.own.enumerated() where covers(entry, name) {
        missing.remove(asking.level(ofName: index))
      }
      for name in asking.accounts where covers(entry, name) { missing.remove(.account) }
    }
    return missing.isEmpty
  }

  /// Source: IAM User Guide, Principal; AWS KMS Developer Guide, principals in key policies.
  @inline(__always)
  private func match(_ entry: Entry, _ asking: Asking) -> PrincipalMatch {
    switch entry.principal {
    case .everyone: return .direct
    case .service: return asking.isService && covers(entry, asking.own[0]) ? .direct : .no
    // Nobody here comes by an identity provider or by S3's own name of an account.
    case .federated, .canonicalUser: return .no
    case .aws:
      for name in asking.own where covers(entry, name) { return .direct }
      for name in asking.accounts where covers(entry, name) {
        return asking.isRoot ? .direct : .account
      }
      return .no
    }
  }

  @inline(__always)
  private func covers(_ entry: Entry, _ text: ComparedTexts.Text) -> Bool {
    switch entry.form {
    case .everything: return true
    case .exact:
      return entry.hash == text.hash && entry.count == text.bytes.count && begins(entry, text)
    case .beginning: return text.bytes.count >= entry.count && begins(entry, text)
    case .general:
      let pattern = bytes[entry.start..<entry.start + entry.count]
      return wildcard(UnsafeBufferPointer(rebasing: pattern), covers: text.bytes)
    }
  }

  @inline(__always)
  private func begins(_ entry: Entry, _ text: ComparedTexts.Text) -> Bool {
    for place in 0..<entry.count where bytes[entry.start + place] != text.bytes[place] {
      return false
    }
    return true
  }
}

extension Statement {
  /// One statement by itself, held against a question.
  func look(_ question: AccessQuestion) -> (missed: StatementParts, match: PrincipalMatch) {
    StatementTable([self]).look(at: 0, Asking(question), question)
  }
}
