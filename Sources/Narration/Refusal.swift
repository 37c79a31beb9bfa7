import Cloud
import Policies
import Values

/// Why a decision said no, with the learner's own JSON.
package enum Refusal {
  /// Near misses that are shown with their carets, unless all are asked for.
  package static let mostNearMisses = 3
  /// Those of others as well.
  package static let everyNearMiss = Int.max

  /// `isFull` shows every gate with every statement that was read; `command` is what shows every near
  /// miss.
  package static func page(
    _ decision: Decision, full isFull: Bool, nearMisses count: Int = mostNearMisses,
    all command: String? = nil
  ) -> Page {
    var page = Page()
    let question = decision.question
    let resource = question.resources.first ?? "*"
    let code = MessageNames.name(of: decision).map { " (\($0))" } ?? ""
    switch decision.cause {
    case .allowed:
      page.add("Allowed: \(question.action) on \(resource)", .good)
    case .explicitDeny:
      page.add("Forbidden: a Deny statement covers \(question.action)\(code)", .bad)
    case .implicitDeny:
      page.add("Not permitted: nothing allows \(question.action)\(code)", .bad)
    }
    var rows = [["  asked", "\(ShortNames.principal(question.principal)) for \(question.action)"]]
    rows.append(["  on", resource])
    if let via = question.context["kms:viaservice"]?.first { rows.append(["  via", via]) }
    if let endpoint = question.context["aws:SourceVpce"]?.first {
      rows.append(["  through", "the VPC endpoint \(endpoint)"])
    }
    if let owner = otherOwner(question) {
      rows.append([
        "  accounts",
        "the caller's is \(question.principal.account), the resource's \(owner): both must allow",
      ])
    }
    for gate in decision.gates where gate.outcome != .notPresent {
      rows.append(["  \(name(gate.kind, question))", summary(gate, decision)])
    }
    if question.principal.kind == .root,
      decision.gates.contains(where: { $0.kind == .identity && $0.outcome == .notPresent })
    {
      rows.append(["  root user", "needs no identity policy"])
    }
    page.add(table: rows)
    if decision.verdict == .denied, otherOwner(question) != nil { addAcross(decision, &page) }
    for finding in decision.cause == .explicitDeny ? decision.deciding : [] {
      page.add("  forbidden by \(finding.statementName)")
      page.add(matches(finding), indented: 4)
    }
    if decision.cause == .implicitDeny { add(nearMisses: decision, count, all: command, &page) }
    for row in decision.rowsUsed {
      page.add(
        decision.verdict == .denied && decision.isRefusedByRow
          ? "  model row \(row): AWS itself would allow this; see models"
          : "  model row \(row): see models", .note)
    }
    if isFull { addAll(decision, &page) }
    return page
  }

  /// The statements that speak of the caller, or the nearest of the others where none does.
  private static func told(_ decision: Decision) -> [NearMiss] {
    let all = decision.nearMisses
    let own = all.filter { $0.namesCaller && $0.speaksOfService }
    if own.isEmpty { return Array(all.prefix(1)) }
    // With two gates shut, each of them has its statement.
    guard decision.isDelegationShort, !own.contains(where: { $0.gate == decision.refusedBy }),
      let refusing = all.first(where: { $0.gate == decision.refusedBy })
    else { return own }
    return [own[0], refusing] + own.dropFirst()
  }

  private static func add(
    nearMisses decision: Decision, _ count: Int, all command: String?, _ page: inout Page
  ) {
    let told = count == everyNearMiss ? decision.nearMisses : told(decision)
    if told.isEmpty {
      page.add("  nearest: there is no Allow statement that could have fitted")
    }
    for (index, miss) in told.prefix(count).enumerated() {
      page.add(
        "  \(index == 0 ? "nearest" : "next"): \(miss.finding.statementName) fits, except its "
          + list(miss.elements))
      for mismatch in miss.finding.mismatches {
        page.add(
          quoting: miss.finding.documentText, marking: mismatch.span,
          saying: remark(mismatch, in: miss.finding),
          indented: 4)
      }
    }
    let rest = told.dropFirst(count).map { miss in
      "\(miss.finding.statementName) (\(miss.elements.joined(separator: ", ")))"
    }
    if !rest.isEmpty { page.add("  near as well: " + list(rest)) }
    let hidden = decision.nearMisses.count - min(told.count, count)
    if let command, hidden > 0 {
      page.add(
        "  \(command)   shows what misses in \(ShortNames.plural(hidden, "more statement"))", .next)
    } else if count < min(told.count, mostNearMisses) {
      page.add("  why   shows what misses there", .next)
    }
  }

  /// The parts of a statement that fits by which it speaks of just this call.
  static func matches(_ finding: Finding) -> Page {
    var page = Page()
    let matches = finding.matches
    for match in matches {
      let says: String =
        switch match.reason {
        case .covers(let text): "covers \(text)"
        case .spares(let text): "does not leave out \(text)"
        case .holds(let name, let found): "\(name) holds: the request has \(found)"
        case .lacks(let name): "\(name) holds, because the request has no such key"
        }
      page.add(quoting: finding.documentText, marking: match.span, saying: says)
    }
    if matches.isEmpty {
      page.add(quoting: finding.documentText, marking: finding.statementSpan, saying: "fits")
    }
    return page
  }

  /// The sentences, each on a line of its own.
  package static func narrated(_ decision: Decision) -> Page {
    var page = Page()
    for sentence in sentences(decision) { page.add(Sentence.of(sentence)) }
    return page
  }

  /// The same in whole sentences, without drawing.
  package static func sentences(_ decision: Decision) -> [String] {
    let question = decision.question
    var lines: [String] = []
    switch decision.cause {
    case .allowed: lines.append("\(question.action) is allowed")
    case .explicitDeny: lines.append("Forbidden: a Deny statement covers \(question.action)")
    case .implicitDeny: lines.append("Not permitted: nothing allows \(question.action)")
    }
    if let owner = otherOwner(question) {
      lines.append(
        "The caller's account is \(question.principal.account) and the resource's \(owner), so both "
          + "must allow")
    }
    for gate in decision.gates where gate.outcome != .notPresent {
      lines.append("Asked the \(name(gate.kind, question)): \(summary(gate, decision))")
    }
    let told = told(decision)
    for (index, miss) in told.prefix(mostNearMisses).enumerated() {
      let near = miss.finding
      lines.append(
        "The statement \(near.statementName) comes " + (index == 0 ? "nearest" : "near as well"))
      for mismatch in near.mismatches {
        let text = near.document.text(of: mismatch.span)
        let line =
          near.documentText.utf8.prefix(mismatch.span.start)
          .count { $0 == UInt8(ascii: "\n") } + 1
        lines.append(
          "Its \(mismatch.element) on line \(line) is \(inWords(text)), and "
            + remark(mismatch, in: near))
      }
    }
    let rest = told.count - mostNearMisses
    if rest > 0 {
      lines.append("why all shows what misses in \(ShortNames.plural(rest, "more statement"))")
    }
    return lines
  }

  /// A value of a policy as a part of a sentence: a long list is counted.
  private static func inWords(_ text: String) -> String {
    let flat = text.split { $0.isWhitespace }.joined(separator: " ")
    if flat.count <= mostSaid { return flat }
    if let list = (try? JSON(parsing: text))?.array {
      return "a list of \(ShortNames.plural(list.count, "value"))"
    }
    return "\(flat.prefix(mostSaid)) …"
  }

  /// Characters of a value that a sentence has room for.
  private static let mostSaid = 120

  /// The account of the resource, where that is not the caller's.
  private static func otherOwner(_ question: AccessQuestion) -> String? {
    // A bucket's ARN does not say whose it is.
    let named = question.resources.first.flatMap { ARN($0) }
    guard
      let owner = named?.service == "s3"
        ? question.context["aws:ResourceAccount"]?.first : named?.account,
      !owner.isEmpty,
      !question.principal.account.isEmpty, owner != question.principal.account
    else { return nil }
    return owner
  }

  /// What only a caller of another account meets.
  private static func addAcross(_ decision: Decision, _ page: inout Page) {
    let question = decision.question
    let resource = decision.gates.first { $0.kind == .resource }
    if resource?.findings.first?.documentText.contains("\"auto-kinesis-") == true {
      page.add(
        "  the key is managed by AWS: its policy admits its own account alone, and nobody can change "
          + "it. A stream that is shared needs a customer managed key")
    } else if question.action.service == "kms",
      OperationID(rawValue: question.action.description).map(KMS.worksAcrossAccounts.contains)
        == false
    {
      page.add(
        "  \(question.action) does not work across accounts: no policy of the key can give it to another "
          + "one")
    } else if resource?.outcome == .notPresent, question.action.service == "kinesis" {
      let isShared = OperationID(rawValue: question.action.description).map {
        Kinesis.sharedActions.contains($0)
      }
      page.add(
        isShared == true
          ? "  the stream has no policy that speaks to other accounts: its owner gives it one with "
            + "aws kinesis put-resource-policy"
          : "  \(question.action) is not among the actions that a stream's policy can give to another "
            + "account")
    }
  }

  /// The gate as a learner knows it.
  private static func name(_ kind: Gate.Kind, _ question: AccessQuestion) -> String {
    kind == .resource && question.action.service == "kms" ? "key policy" : kind.rawValue
  }

  private static func summary(_ gate: Gate, _ decision: Decision) -> String {
    let matched = gate.findings.filter { $0.outcome == .matched }
    switch gate.outcome {
    case .denies:
      let names = matched.filter { $0.effect == .deny }.map(\.statementName)
      return "no: denied by \(list(names.removingRepeats()))"
    case .allows:
      let names = matched.filter { $0.effect == .allow }.map(\.statementName)
      // One policy may be attached to the root and to what is below it.
      let levels = gate.levelCount > 1 ? ", at each of \(gate.levelCount) levels" : ""
      return "yes\(levels): \(list(names.removingRepeats()))"
    case .delegates:
      let names = gate.findings.filter { $0.outcome == .delegated }.map(\.statementName)
      return decision.isDelegationShort
        ? "leaves it to the account (\(list(names))), which is not enough here"
        : "leaves it to the account's own policies: \(list(names))"
    case .silent where gate.kind == .serviceControl || gate.kind == .resourceControl:
      guard let level = gate.silentLevel else { return "no: a level has no Allow that fits" }
      return
        "no: of what is attached to \(place(level.index, of: level.count)) (\(list(level.findings.map(\.statementName).removingRepeats()))) "
        + "no Allow fits; every level must have one"
    case .silent:
      let count = gate.findings.count
      return "silent: \(ShortNames.plural(count, "statement")) read, none fits"
    case .notPresent: return "none"
    }
  }

  /// A level of the organization.
  private static func place(_ level: Int, of count: Int) -> String {
    level == 0 ? "the root" : level == count - 1 ? "the account" : "a unit between them"
  }

  private static func remark(_ mismatch: Mismatch, in finding: Finding) -> String {
    if finding.policy.kind == .key, mismatch.found == Mismatch.absent,
      mismatch.note?.lowercased().contains("kms:resourcealiases") == true
    {
      return
        "kms:ResourceAliases counts in IAM policies alone; a key's own policy has kms:RequestAlias"
    }
    if mismatch.element.hasSuffix("Principal"),
      let id = mismatch.wanted.first(where: { $0.hasPrefix("AIDA") || $0.hasPrefix("AROA") })
    {
      return
        "\(id.hasPrefix("AIDA") ? "a user" : "a role") that was deleted has left its id there; a new "
        + "one of the same name is somebody else: the request has \(mismatch.found)"
    }
    if mismatch.element.hasSuffix("Resource"), mismatch.found == "*" {
      return "the action has no resource, so only \"*\" covers it"
    }
    let note = mismatch.note.map { "\($0): " } ?? ""
    if mismatch.found == Mismatch.absent { return "\(note)\(mismatch.found)" }
    return "\(note)the request has \(mismatch.found)"
  }

  private static func addAll(_ decision: Decision, _ page: inout Page) {
    for gate in decision.gates where !gate.findings.isEmpty {
      page.add("  \(name(gate.kind, decision.question)), statement by statement", .heading)
      for (index, finding) in gate.findings.enumerated() {
        if let level = gate.level(beginningAt: index) {
          page.add("    of what is attached to \(place(level, of: gate.levelCount)):")
        }
        switch finding.outcome {
        case .matched: page.add("    \(finding.statementName) (\(finding.effect.rawValue)): fits")
        case .delegated:
          page.add("    \(finding.statementName): fits, and leaves it to the account's policies")
        case .missed:
          page.add(
            "    \(finding.statementName) (\(finding.effect.rawValue)): misses by "
              + list(finding.mismatches.map(\.element).removingRepeats()))
        }
      }
    }
  }

  static func list(_ names: [String]) -> String {
    switch names.count {
    case 0: "nothing"
    case 1: names[0]
    default: names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
    }
  }
}

extension Array where Element: Hashable {
  func removingRepeats() -> [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
