import Testing
import Values

@testable import Policies

struct PrincipalRow: CustomTestStringConvertible, Sendable {
  var written: String
  var element = "Principal"
  var asking: Principal
  var match: PrincipalMatch
  var testDescription: String { "\(element) \(written) and \(asking.arn) is \(match)" }
}

@Suite struct PrincipalTests {
  static let rows: [PrincipalRow] = [
    .init(written: "\"*\"", asking: Bench.stranger, match: .direct),
    .init(written: "{\"AWS\": \"*\"}", asking: Bench.stranger, match: .direct),
    .init(written: "{\"AWS\": \"\(Bench.account)\"}", asking: Bench.session, match: .account),
    .init(written: "{\"AWS\": \"\(Bench.account)\"}", asking: Bench.stranger, match: .no),
    .init(written: "{\"AWS\": \"\(Bench.root.arn)\"}", asking: Bench.user, match: .account),
    .init(written: "{\"AWS\": \"\(Bench.root.arn)\"}", asking: Bench.root, match: .direct),
    .init(written: "{\"AWS\": \"\(Bench.role)\"}", asking: Bench.session, match: .direct),
    .init(written: "{\"AWS\": \"\(Bench.role)\"}", asking: Bench.user, match: .no),
    .init(written: "{\"AWS\": \"\(Bench.session.arn)\"}", asking: Bench.session, match: .direct),
    .init(written: "{\"AWS\": \"\(Bench.session.arn)x\"}", asking: Bench.session, match: .no),
    .init(written: "{\"AWS\": \"\(Bench.user.arn)\"}", asking: Bench.user, match: .direct),
    .init(written: "{\"AWS\": \"AROAX\"}", asking: Bench.session, match: .direct),
    .init(written: "{\"AWS\": \"AIDAZ\"}", asking: Bench.user, match: .no),
    .init(
      written: "{\"AWS\": [\"\(Bench.root.arn)\", \"\(Bench.role)\"]}", asking: Bench.session,
      match: .direct),
    .init(
      written: "{\"Service\": \"kinesis.amazonaws.com\"}", asking: Bench.service, match: .direct),
    .init(written: "{\"Service\": \"kinesis.amazonaws.com\"}", asking: Bench.session, match: .no),
    .init(written: "{\"Federated\": \"idp\"}", asking: Bench.session, match: .no),
    .init(written: "{\"CanonicalUser\": \"c0ffee\"}", asking: Bench.session, match: .no),
    // A list spares only whom it has by every name.
    .init(
      written: "{\"AWS\": \"\(Bench.role)\"}", element: "NotPrincipal", asking: Bench.session,
      match: .direct),
    .init(
      written: "{\"AWS\": \"\(Bench.root.arn)\"}", element: "NotPrincipal", asking: Bench.session,
      match: .direct),
    .init(
      written: "{\"AWS\": [\"\(Bench.root.arn)\", \"\(Bench.role)\"]}", element: "NotPrincipal",
      asking: Bench.session, match: .direct),
    .init(
      written:
        "{\"AWS\": [\"\(Bench.root.arn)\", \"\(Bench.role)\", \"\(Bench.session.arn)\"]}",
      element: "NotPrincipal", asking: Bench.session, match: .no),
    .init(
      written: "{\"AWS\": [\"\(Bench.account)\", \"AROAX\", \"\(Bench.session.arn)\"]}",
      element: "NotPrincipal", asking: Bench.session, match: .no),
    .init(
      written: "{\"AWS\": [\"\(Bench.user.arn)\", \"\(Bench.root.arn)\"]}",
      element: "NotPrincipal", asking: Bench.user, match: .no),
    .init(
      written: "{\"AWS\": [\"\(Bench.user.arn)\", \"\(Bench.root.arn)\"]}",
      element: "NotPrincipal", asking: Bench.session, match: .direct),
    .init(
      written: "{\"AWS\": \"\(Bench.user.arn)\"}", element: "NotPrincipal", asking: Bench.user,
      match: .direct),
    .init(
      written: "{\"AWS\": \"\(Bench.root.arn)\"}", element: "NotPrincipal", asking: Bench.root,
      match: .no),
    .init(written: "\"*\"", element: "NotPrincipal", asking: Bench.session, match: .no),
    .init(
      written: "{\"Service\": \"kinesis.amazonaws.com\"}", element: "NotPrincipal",
      asking: Bench.service, match: .no),
    .init(
      written: "{\"AWS\": \"\(Bench.role)\"}", element: "NotPrincipal", asking: Bench.user,
      match: .direct),
  ]

  @Test(arguments: rows) func rowHolds(_ row: PrincipalRow) throws {
    let text = Bench.named("Deny", row.written, element: row.element)
    let statement = try #require(try Bench.document(text, .key).statements.first)
    #expect(statement.match(row.asking) == row.match)
  }

  @Test func aPolicyThatNamesNobodyMeansItsHolder() throws {
    let statement = try #require(try Bench.document(Bench.own("Allow")).statements.first)
    #expect(statement.match(Bench.session) == .direct)
  }
}
