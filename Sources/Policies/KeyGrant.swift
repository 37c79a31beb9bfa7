import Values

/// What a grant demands of the encryption context: its own pairs, and no others or others as well.
///
/// Names and values are compared with their capitals.
/// Source: AWS KMS Developer Guide, grant constraints.
package struct GrantConstraint: Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable {
    case equals = "EncryptionContextEquals"
    case subset = "EncryptionContextSubset"
  }

  package let kind: Kind
  package let pairs: [String: String]
  /// Where the constraint stands in the grant's text, and each of its pairs.
  let span: Span
  private let places: [String: Span]

  package init(_ kind: Kind, _ pairs: [String: String]) {
    self.init(kind, pairs, Span(start: 0, end: 0), [:])
  }

  fileprivate init(
    _ kind: Kind, _ pairs: [String: String], _ span: Span, _ places: [String: Span]
  ) {
    self.kind = kind
    self.pairs = pairs
    self.span = span
    self.places = places
  }

  /// Operations that take no encryption context are not constrained.
  private static let exempt = ["kms:DescribeKey", "kms:RetireGrant", "kms:GetPublicKey"]

  func holds(_ question: AccessQuestion) -> Bool {
    if Self.exempt.contains(question.action.description) { return true }
    let given = question.context.encryptionContext
    if kind == .equals { return given == pairs }
    return pairs.allSatisfy { given[$0.key] == $0.value }
  }

  /// Whether whoever satisfies this constraint satisfies the other one too.
  package func isAsStrict(as other: GrantConstraint) -> Bool {
    switch (kind, other.kind) {
    case (.equals, .equals): pairs == other.pairs
    case (_, .subset): other.pairs.allSatisfy { pairs[$0.key] == $0.value }
    case (.subset, .equals): false
    }
  }

  func mismatch(_ question: AccessQuestion) -> Mismatch {
    let given = question.context.encryptionContext
    // The first pair that the request has not so; where it has them all, it has others besides.
    let amiss = pairs.keys.sorted().first { given[$0] != pairs[$0] }
    let isOnlyCase = amiss.map { name in
      given.contains {
        $0.key.lowercased() == name.lowercased()
          && $0.value.lowercased() == pairs[name]?.lowercased()
      }
    }
    let note =
      isOnlyCase == true
      ? "capitals count" : amiss == nil ? "no pair but these may be there" : kind.rawValue
    return Mismatch(
      element: "Constraints", span: amiss.flatMap { places[$0] } ?? span, wanted: Self.texts(pairs),
      found: given.isEmpty ? Mismatch.absent : Self.texts(given).joined(separator: ", "),
      note: note)
  }

  private static func texts(_ pairs: [String: String]) -> [String] {
    pairs.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
  }
}

extension PolicyDocument {
  /// A grant as a document with one statement: its text is the JSON of the grant, and carets point
  /// into that. Nothing when the text lacks what a grant has.
  package convenience init?(grant text: String) {
    guard let tree = try? JSONTree(parsing: text),
      case .string(let grantee)? = tree.member("GranteePrincipal")?.value.kind,
      let principal = tree.member("GranteePrincipal")?.value.span,
      let operations = tree.member("Operations")?.value,
      case .array(let elements) = operations.kind
    else { return nil }
    let actions = elements.compactMap { element -> PolicyValue? in
      guard case .string(let name) = element.kind else { return nil }
      return PolicyValue(text: "kms:\(name)", span: element.span)
    }
    var constraint: GrantConstraint?
    if case .object(let members)? = tree.member("Constraints")?.value.kind,
      let first = members.first,
      let kind = GrantConstraint.Kind(rawValue: first.name),
      case .object(let pairs) = first.value.kind
    {
      var wanted: [String: String] = [:]
      var places: [String: Span] = [:]
      for pair in pairs {
        guard case .string(let value) = pair.value.kind else { continue }
        wanted[pair.name] = value
        places[pair.name] = Span(start: pair.nameSpan.start, end: pair.value.span.end)
      }
      constraint = GrantConstraint(kind, wanted, first.value.span, places)
    }
    let isService = grantee.hasSuffix(".amazonaws.com")
    self.init(
      text: text, kind: .grant,
      statement: Statement(
        index: 0, sid: nil, effect: .allow, span: tree.span,
        principal: PrincipalElement(
          isNegated: false,
          entries: [.init(kind: isService ? .service : .aws, text: grantee, span: principal)],
          span: principal),
        actions: ValueList(
          element: "Operations", isNegated: false, values: actions, span: operations.span),
        resources: nil, conditions: [], hasVariables: false, meansItsResource: true,
        constraint: constraint))
  }
}
