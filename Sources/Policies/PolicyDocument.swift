import Values

/// Where a policy is attached, which decides what may stand in it.
package enum DocumentKind: String, Hashable, Sendable {
  case identity, key, resource, trust, serviceControl, resourceControl, session, boundary, endpoint
  /// A grant of a key, which is read like a policy with one statement.
  case grant

  /// Whether its statements say whom they are about.
  var namesPrincipals: Bool {
    switch self {
    case .key, .resource, .trust, .resourceControl, .endpoint, .grant: true
    case .identity, .serviceControl, .session, .boundary: false
    }
  }
}

extension DocumentKind {
  /// AWS's text for a principal that is none.
  package func invalidPrincipal(_ name: String, of group: String = "AWS") -> String {
    switch self {
    case .key: "Policy contains a statement with one or more invalid principals."
    default: "Invalid principal in policy: \"\(group)\":\"\(name)\""
    }
  }
}

/// A policy as written, and its statements, each part with its place in the text.
///
/// Compiled once, when it is stored; shared by every decision that reads it.
package final class PolicyDocument: Sendable {
  /// Exactly what the learner wrote.
  package let text: String
  package let kind: DocumentKind
  /// `2008-10-17` when the document does not say.
  package let version: String
  package let statements: [Statement]
  /// The statements as decisions read them.
  let table: StatementTable

  /// Fails with AWS's text for what it would refuse.
  package init(parsing text: String, as kind: DocumentKind) throws(PolicyError) {
    let parsed = try PolicyParser(text: text, kind: kind).parse()
    self.text = text
    self.kind = kind
    version = parsed.version
    statements = parsed.statements
    table = StatementTable(statements)
  }

  /// A document whose one statement was made and not parsed.
  init(text: String, kind: DocumentKind, statement: Statement) {
    self.text = text
    self.kind = kind
    version = "2012-10-17"
    statements = [statement]
    table = StatementTable(statements)
  }

  /// The text of a span.
  package func text(of span: Span) -> String {
    String(decoding: Array(text.utf8)[span.start..<span.end], as: UTF8.self)
  }

  /// Condition keys and variables that the statements ask for, as they are spelt, in order.
  package var contextKeys: [String] {
    statements.flatMap { statement in
      statement.conditions.map(\.key.text)
        + statement.textsWithVariables.flatMap(PolicyVariables.names)
    }
  }

  /// Whether a statement lets callers of an account in, by a name of theirs or as everybody; a part of
  /// it may not fit all the same.
  package func opens(to account: String) -> Bool {
    statements.contains { statement in
      guard statement.effect == .allow, let principal = statement.principal else { return false }
      return principal.isNegated
        || principal.entries.contains { $0.kind == .everyone || $0.text.contains(account) }
    }
  }

  /// Whom the statements name under `AWS`, with the places.
  package var principals: [(arn: String, span: Span)] {
    statements.flatMap { statement in
      (statement.principal?.entries ?? []).filter { $0.kind == .aws }.map { ($0.text, $0.span) }
    }
  }
}

extension PolicyDocument {
  /// The same document with another name in place of a principal's; nothing where none has that name.
  package func renaming(_ old: String, to new: String) -> PolicyDocument? {
    var bytes = Array(text.utf8)
    let spans = principals.filter { $0.arn == old }.map(\.span)
    guard !spans.isEmpty else { return nil }
    for span in spans.sorted(by: { $0.start > $1.start }) {
      bytes.replaceSubrange(span.start..<span.end, with: JSON.quoted(new).utf8)
    }
    return try? PolicyDocument(parsing: String(decoding: bytes, as: UTF8.self), as: kind)
  }
}

/// Why a document is refused.
package struct PolicyError: Error, Hashable, Sendable {
  /// AWS's text.
  package var message: String
  package var span: Span?
  package var kind: DocumentKind
  /// What is wrong, for the learner.
  package var detail: String
  /// The document as it was written.
  package var text: String

  package init(
    message: String, span: Span?, kind: DocumentKind, detail: String, text: String
  ) {
    self.text = text
    self.message = message
    self.span = span
    self.kind = kind
    self.detail = detail
  }
}

/// A policy and what it is attached as.
package final class AttachedPolicy: Sendable {
  package let kind: DocumentKind
  /// `identity:ProducerAccess`, `key`, …
  package let label: String
  package let arn: String?
  package let document: PolicyDocument

  package init(kind: DocumentKind, label: String, arn: String?, document: PolicyDocument) {
    self.kind = kind
    self.label = label
    self.arn = arn
    self.document = document
  }

  /// The same document, attached as something else.
  package func attached(as kind: DocumentKind, label: String) -> AttachedPolicy {
    AttachedPolicy(kind: kind, label: label, arn: arn, document: document)
  }

  /// How a transcript names a statement: `identity:ProducerAccess#1`, `identity:Own#MyStatement`,
  /// `key:AllowProducers`.
  package func name(of statement: Statement) -> String {
    if kind == .grant { return label }
    if kind == .identity || kind == .boundary || kind == .session {
      return "\(label)#\(statement.sid ?? String(statement.index + 1))"
    }
    return "\(label):\(statement.sid ?? "#\(statement.index + 1)")"
  }
}

/// All policies that one question is put to.
package struct PolicySet: Sendable {
  package var identity: [AttachedPolicy] = []
  package var resource: AttachedPolicy?
  package var boundary: AttachedPolicy?
  /// Grants of a key; each lets through and none forbids.
  package var grants: [AttachedPolicy] = []
  package var session: [AttachedPolicy] = []
  /// The organization's policies, level by level from the root to the account. A level that has a
  /// policy at all must allow.
  package var serviceControl: [[AttachedPolicy]] = []
  package var resourceControl: [[AttachedPolicy]] = []
  /// That of the VPC endpoint which the call comes through.
  package var endpoint: AttachedPolicy?

  package init() {}
}
