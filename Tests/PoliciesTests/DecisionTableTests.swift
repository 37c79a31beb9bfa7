import Testing
import Values

@testable import Policies

/// One cell of a table of decisions: who asks, what each policy says, and the answer by its letter.
struct DecisionCell: CustomTestStringConvertible, Sendable {
  var table: DecisionTable
  var key: String
  var identity: String
  /// `A` allowed, `D` denied by a Deny; else the gate that is silent: `I` identity policies,
  /// `R` the key policy, `B` boundary, `S` session policy, `C` service control policy,
  /// `P` resource control policy, `E` VPC endpoint policy.
  var letter: Character

  var testDescription: String {
    "\(table.title): key policy \(key), identity \(identity) is \(letter)"
  }
}

/// Answers for one caller and one setting. Rows are key policies, columns identity policies.
struct DecisionTable: Sendable {
  var title: String
  var asking: Principal
  var grant: String?
  var boundary: String?
  var session: String?
  var serviceControl: String?
  var resourceControl: String?
  var endpoint: String?
  var columns = DecisionTable.identities
  /// A line for each key policy, a letter for each identity policy.
  var rows: [String]

  static let keys = ["names", "everybody", "delegates", "delegates another", "silent", "denies"]
  static let identities = ["none", "allows", "allows another", "denies"]

  var cells: [DecisionCell] {
    zip(Self.keys, rows).flatMap { key, letters in
      zip(columns, letters).map {
        DecisionCell(table: self, key: key, identity: $0, letter: $1)
      }
    }
  }
}

/// Source: IAM User Guide, policy evaluation logic; AWS KMS Developer Guide, policy evaluation,
/// grants, and allowing users in other accounts to use a KMS key.
@Suite struct DecisionTableTests {
  private static let other = Bench.own("Allow", "kms:Decrypt")
  private static let whole = Bench.own("Allow", "*")

  private static let plain = ["AAAD", "AAAD", "IAID", "RRRD", "RRRD", "DDDD"]
  private static let granted = ["AAAD", "AAAD", "AAAD", "AAAD", "AAAD", "DDDD"]
  private static let abroad = ["IAID", "IAID", "IAID", "RRRD", "RRRD", "DDDD"]

  static let tables: [DecisionTable] = [
    .init(title: "role", asking: Bench.session, rows: plain),
    .init(title: "user", asking: Bench.user, rows: plain),
    .init(title: "role with a grant", asking: Bench.session, grant: "fits", rows: granted),
    .init(title: "user with a grant", asking: Bench.user, grant: "fits", rows: granted),
    .init(
      title: "role with a grant for another context", asking: Bench.session, grant: "constrained",
      rows: plain),
    .init(
      title: "user with a grant for another action", asking: Bench.user, grant: "another",
      rows: plain),
    .init(title: "stranger", asking: Bench.stranger, rows: abroad),
    .init(
      title: "stranger with a grant", asking: Bench.stranger, grant: "fits",
      rows: ["IAID", "IAID", "IAID", "IAID", "IAID", "DDDD"]),
    .init(
      title: "root user", asking: Bench.root, columns: ["none"],
      rows: ["A", "A", "A", "R", "R", "D"]),
    .init(
      title: "root user with a grant for another action", asking: Bench.root, grant: "another",
      columns: ["none"], rows: ["A", "A", "A", "R", "R", "D"]),
    .init(
      title: "role with a boundary that allows", asking: Bench.session, boundary: whole, rows: plain
    ),
    .init(
      title: "role with a silent boundary", asking: Bench.session, boundary: other,
      rows: ["BBBD", "BBBD", "IBID", "RRRD", "RRRD", "DDDD"]),
    .init(
      title: "user with a silent boundary", asking: Bench.user, boundary: other,
      rows: ["AAAD", "AAAD", "IBID", "RRRD", "RRRD", "DDDD"]),
    .init(
      title: "role with a silent session policy", asking: Bench.session, session: other,
      rows: ["SSSD", "SSSD", "ISID", "RRRD", "RRRD", "DDDD"]),
    .init(
      title: "role with a silent service control policy", asking: Bench.session,
      serviceControl: other, rows: ["CCCD", "CCCD", "CCCD", "CCCD", "CCCD", "DDDD"]),
    .init(
      title: "user with a grant and a silent service control policy", asking: Bench.user,
      grant: "fits", serviceControl: other,
      rows: ["CCCD", "CCCD", "CCCD", "CCCD", "CCCD", "DDDD"]),
    .init(
      title: "role with a silent resource control policy", asking: Bench.session,
      resourceControl: Bench.named("Allow", "\"*\"", "kms:Decrypt"),
      rows: ["PPPD", "PPPD", "PPPD", "PPPD", "PPPD", "DDDD"]),
    .init(
      title: "role through an endpoint that lets all through", asking: Bench.session,
      endpoint: Bench.named("Allow", "\"*\"", "*"), rows: plain),
    .init(
      title: "role through an endpoint that is silent", asking: Bench.session,
      endpoint: Bench.named("Allow", "\"*\"", "kms:Decrypt"),
      rows: ["EEED", "EEED", "IEID", "RRRD", "RRRD", "DDDD"]),
    .init(
      title: "user with a grant through an endpoint for somebody else", asking: Bench.user,
      grant: "fits", endpoint: Bench.named("Allow", "{\"AWS\": \"\(Bench.role)\"}", "*"),
      rows: ["EEED", "EEED", "EEED", "EEED", "EEED", "DDDD"]),
    .init(
      title: "stranger through an endpoint for the key's account", asking: Bench.stranger,
      endpoint: Bench.named("Allow", "{\"AWS\": \"\(Bench.account)\"}", "*"),
      rows: ["IEID", "IEID", "IEID", "RRRD", "RRRD", "DDDD"]),
    .init(
      title: "role through an endpoint that forbids", asking: Bench.session,
      endpoint: Bench.named("Deny", "\"*\"", "kms:Generate*"),
      rows: ["DDDD", "DDDD", "DDDD", "DDDD", "DDDD", "DDDD"]),
  ]

  static let cells = tables.flatMap(\.cells)

  @Test func thereAreEnoughOfThem() {
    #expect(Self.cells.count >= 300)
    #expect(
      Self.tables.allSatisfy { table in
        table.rows.count == DecisionTable.keys.count
          && table.rows.allSatisfy { $0.count == table.columns.count }
      })
  }

  @Test(arguments: cells) func everyCellIsAsDocumented(cell: DecisionCell) throws {
    let asking = cell.table.asking
    var policies = PolicySet()
    policies.resource = try Bench.attached(Self.key(cell.key, asking), .key, "key")
    policies.identity = try Self.identity(cell.identity)
    policies.grants = try Self.grants(cell.table.grant, asking)
    if let text = cell.table.boundary {
      policies.boundary = try Bench.attached(text, .boundary, "boundary:B")
    }
    if let text = cell.table.session {
      policies.session = [try Bench.attached(text, .session, "session:S")]
    }
    if let text = cell.table.serviceControl {
      policies.serviceControl = [[try Bench.attached(text, .serviceControl, "scp:C")]]
    }
    if let text = cell.table.resourceControl {
      policies.resourceControl = [[try Bench.attached(text, .resourceControl, "rcp:P")]]
    }
    if let text = cell.table.endpoint {
      policies.endpoint = try Bench.attached(text, .endpoint, "endpoint:kms")
    }
    let decision = Decision.make(
      Bench.question(asking, on: [Bench.key], ["kms:EncryptionContext:team": ["blue"]]),
      policies: policies, rules: Bench.keyRules)
    #expect(Self.letter(decision) == cell.letter)
  }

  private static func letter(_ decision: Decision) -> Character {
    if decision.verdict == .allowed { return "A" }
    if decision.cause == .explicitDeny { return "D" }
    switch decision.refusedBy {
    case .identity, nil: return "I"
    case .resource: return "R"
    case .boundary: return "B"
    case .session: return "S"
    case .serviceControl: return "C"
    case .resourceControl: return "P"
    case .endpoint: return "E"
    case .grant: return "?"
    }
  }

  private static func key(_ form: String, _ asking: Principal) -> String {
    let own = "{\"AWS\": \"\(asking.roleARN ?? asking.arn)\"}"
    let account = "{\"AWS\": \"arn:aws:iam::\(asking.account):root\"}"
    switch form {
    case "names": return Bench.named("Allow", own)
    case "everybody": return Bench.named("Allow", "\"*\"")
    case "delegates": return Bench.named("Allow", account)
    case "delegates another": return Bench.named("Allow", account, "kms:Decrypt")
    case "silent":
      return Bench.named("Allow", "{\"AWS\": \"arn:aws:iam::\(Bench.account):role/somebody\"}")
    default: return Bench.named("Allow", own) + ", " + Bench.named("Deny", own)
    }
  }

  private static func identity(_ form: String) throws -> [AttachedPolicy] {
    let text: String
    switch form {
    case "none": return []
    case "allows": text = Bench.own("Allow")
    case "allows another": text = other
    default: text = Bench.own("Allow") + ", " + Bench.own("Deny")
    }
    return [try Bench.attached(text, .identity, "identity:Own")]
  }

  private static func grants(_ form: String?, _ asking: Principal) throws -> [AttachedPolicy] {
    guard let form else { return [] }
    let operation = form == "another" ? "Decrypt" : "GenerateDataKey"
    let constraint =
      form == "constrained"
      ? ", \"Constraints\": {\"EncryptionContextEquals\": {\"team\": \"red\"}}" : ""
    let text =
      "{\"GranteePrincipal\": \"\(asking.roleARN ?? asking.arn)\", "
      + "\"Operations\": [\"\(operation)\"]\(constraint)}"
    let document = try #require(PolicyDocument(grant: text))
    return [AttachedPolicy(kind: .grant, label: "grant:g", arn: nil, document: document)]
  }
}
