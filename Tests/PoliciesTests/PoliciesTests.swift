import Testing
import Values

@testable import Policies

struct ConditionRow: CustomTestStringConvertible, Sendable {
  var name: String
  var found: [String]?
  var wanted: [String]
  var holds: Bool
  var testDescription: String { "\(name): \(found ?? ["no key"]) against \(wanted) is \(holds)" }
}

@Suite struct ConditionOperatorTests {
  static let rows: [ConditionRow] = [
    .init(name: "StringEquals", found: ["KMS"], wanted: ["NONE", "KMS"], holds: true),
    .init(name: "StringEquals", found: nil, wanted: ["KMS"], holds: false),
    .init(name: "StringEqualsIfExists", found: nil, wanted: ["KMS"], holds: true),
    .init(name: "StringNotEquals", found: ["KMS"], wanted: ["NONE", "KMS"], holds: false),
    .init(name: "StringNotEquals", found: nil, wanted: ["KMS"], holds: true),
    .init(name: "StringEqualsIgnoreCase", found: ["kms"], wanted: ["KMS"], holds: true),
    .init(name: "StringNotEqualsIgnoreCase", found: ["kms"], wanted: ["KMS"], holds: false),
    .init(name: "StringLike", found: ["orders-eu"], wanted: ["orders-*"], holds: true),
    .init(name: "StringLike", found: ["Orders-eu"], wanted: ["orders-*"], holds: false),
    .init(name: "StringNotLike", found: ["orders-eu"], wanted: ["orders-*"], holds: false),
    .init(name: "NumericEquals", found: ["10"], wanted: ["10.0"], holds: true),
    .init(name: "NumericNotEquals", found: ["10"], wanted: ["11"], holds: true),
    .init(name: "NumericLessThan", found: ["9"], wanted: ["10"], holds: true),
    .init(name: "NumericLessThanEquals", found: ["11"], wanted: ["10"], holds: false),
    .init(name: "NumericGreaterThan", found: ["11"], wanted: ["10"], holds: true),
    .init(name: "NumericGreaterThanEquals", found: ["10"], wanted: ["10"], holds: true),
    .init(
      name: "DateEquals", found: ["2026-01-05T09:00:00Z"], wanted: ["1767603600"], holds: true),
    .init(name: "DateNotEquals", found: ["0"], wanted: ["1"], holds: true),
    .init(
      name: "DateLessThan", found: ["2026-01-05T09:00:00Z"], wanted: ["2026-01-06T00:00:00Z"],
      holds: true),
    .init(name: "DateLessThanEquals", found: ["2"], wanted: ["1"], holds: false),
    .init(name: "DateGreaterThan", found: ["2"], wanted: ["1"], holds: true),
    .init(name: "DateGreaterThanEquals", found: ["1"], wanted: ["1"], holds: true),
    .init(name: "Bool", found: ["true"], wanted: ["True"], holds: true),
    .init(name: "Bool", found: nil, wanted: ["false"], holds: false),
    .init(name: "BinaryEquals", found: ["aGk="], wanted: ["aGk="], holds: true),
    .init(name: "IpAddress", found: ["203.0.113.12"], wanted: ["203.0.113.0/24"], holds: true),
    .init(name: "IpAddress", found: ["203.0.114.12"], wanted: ["203.0.113.0/24"], holds: false),
    .init(name: "IpAddress", found: ["2001:db8::1"], wanted: ["2001:db8::/32"], holds: true),
    .init(name: "NotIpAddress", found: ["10.0.0.1"], wanted: ["203.0.113.0/24"], holds: true),
    .init(
      name: "ArnEquals", found: ["arn:aws:iam::1:role/a"], wanted: ["arn:aws:iam::1:role/*"],
      holds: true),
    .init(
      name: "ArnLike", found: ["arn:aws:kms:us-east-1:1:key/x"], wanted: ["arn:aws:kms:*:key/x"],
      holds: false),
    .init(
      name: "ArnNotEquals", found: ["arn:aws:iam::1:role/a"], wanted: ["arn:aws:iam::1:role/b"],
      holds: true),
    .init(
      name: "ArnNotLike", found: ["arn:aws:iam::1:role/a"], wanted: ["arn:aws:iam::1:role/*"],
      holds: false),
    .init(name: "Null", found: nil, wanted: ["true"], holds: true),
    .init(name: "Null", found: ["x"], wanted: ["true"], holds: false),
    .init(name: "ForAnyValue:StringEquals", found: ["a", "b"], wanted: ["b"], holds: true),
    .init(name: "ForAnyValue:StringEquals", found: nil, wanted: ["b"], holds: false),
    .init(name: "ForAllValues:StringEquals", found: ["a", "b"], wanted: ["b"], holds: false),
    .init(name: "ForAllValues:StringEquals", found: nil, wanted: ["b"], holds: true),
  ]

  @Test(arguments: rows) func rowHolds(_ row: ConditionRow) throws {
    let values = JSON.array(row.wanted.map { .string($0) }).line
    let text = """
      {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "kms:Decrypt",
        "Resource": "*", "Condition": {"\(row.name)": {"test:Key": \(values)}}}}
      """
    let document = try PolicyDocument(parsing: text, as: .identity)
    var context = RequestContext()
    context["TEST:key"] = row.found
    let condition = try #require(document.statements[0].conditions.first)
    #expect(condition.holds(context) == row.holds)
  }

  @Test func everyOperatorHasARow() {
    let tested = Set(Self.rows.compactMap { ConditionForm(name: $0.name)?.comparison.name })
    #expect(ConditionOperator.table.map(\.name).filter { !tested.contains($0) } == [])
  }
}

@Suite struct WildcardTests {
  /// What the words say, without a thought for cost.
  static func reference(_ pattern: Substring, _ text: Substring) -> Bool {
    guard let first = pattern.first else { return text.isEmpty }
    let rest = pattern.dropFirst()
    if first == "*" {
      return reference(rest, text) || (!text.isEmpty && reference(pattern, text.dropFirst()))
    }
    guard let next = text.first else { return false }
    return (first == "?" || first == next) && reference(rest, text.dropFirst())
  }

  @Test func agreesWithTheReferenceOnRandomCases() {
    var state: UInt64 = 42
    func draw(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let letters = Array("ab*?")
    for _ in 0..<20_000 {
      let pattern = String((0..<draw(7)).map { _ in letters[draw(4)] })
      let text = String((0..<draw(8)).map { _ in letters[draw(2)] })
      let expected = Self.reference(Substring(pattern), Substring(text))
      #expect(wildcard(pattern, covers: text) == expected, "\(pattern) on \(text)")
    }
  }

  /// `wildcard` gives few short patterns to the matcher that has no bad case: here it has them all.
  @Test func theMatcherByRunsAgreesWithTheReferenceToo() {
    var state: UInt64 = 7
    func draw(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    func byRuns(_ pattern: String, _ text: String) -> Bool {
      Array(pattern.utf8).withUnsafeBufferPointer { pattern in
        Array(text.utf8).withUnsafeBufferPointer { WildcardRuns(pattern, on: $0).covers() }
      }
    }
    let letters = Array("aébé*?*")
    var covered = 0
    for _ in 0..<40_000 {
      let pattern = String((0..<draw(9)).map { _ in letters[draw(7)] })
      let text = String((0..<draw(10)).map { _ in letters[draw(3)] })
      let expected = Self.reference(Substring(pattern), Substring(text))
      covered += expected ? 1 : 0
      #expect(byRuns(pattern, text) == expected, "\(pattern) on \(text)")
    }
    #expect(covered > 4000)
    // A run of more characters than a machine word has bits.
    let long = String(repeating: "aé?b", count: 40)
    let text = String(repeating: "aéxb", count: 40)
    #expect(byRuns("*\(long)*", "zz\(text)zz"))
    #expect(!byRuns("*\(long)*", "zz\(text.dropLast())zz"))
  }

  /// The long runs among these took half a minute when the cost was the product of both lengths.
  @Test(arguments: [
    ("a*", "a", 100_000), ("*", "a", 100_000), ("*", "?", 20_000), ("*a*", "aab", 30_000),
    ("", "a*", 20_000), ("*?", "aa?", 7_000),
  ])
  func theCostGrowsWithTheTextWhateverThePattern(_ start: String, _ unit: String, _ count: Int) {
    let run = String(repeating: unit, count: count)
    let text = String(repeating: "a", count: 400_000)
    let took = ContinuousClock().measure {
      #expect(!wildcard("\(start)\(run)b", covers: text))
      #expect(wildcard("\(start)*\(run)*", covers: text) == (unit != "aab"))
    }
    #expect(took < .seconds(5), "\(took)")
  }

  @Test func aQuestionMarkTakesOneCharacterWhateverItsBytes() {
    #expect(wildcard("caf?", covers: "café"))
    #expect(!wildcard("caf??", covers: "café"))
  }
}

/// A question of the producer's role about a key, and policies for it.
private enum Sample {
  static let account = "123456789012"
  static let role = "arn:aws:iam::\(account):role/writer"
  static let key = "arn:aws:kms:us-east-1:\(account):key/k"
  static let root = #""AWS": "arn:aws:iam::\#(account):root""#
  static let named = #""AWS": "\#(role)""#

  static let writer = Principal(
    kind: .assumedRole, account: account, arn: "arn:aws:sts::\(account):assumed-role/writer/s",
    roleARN: role, uniqueID: "AROAX:s")

  static func question(_ action: ActionName = "kms:GenerateDataKey") -> AccessQuestion {
    var context = RequestContext()
    context["kms:ViaService"] = ["kinesis.us-east-1.amazonaws.com"]
    return AccessQuestion(
      principal: writer, action: action, resources: [key], context: context)
  }

  static func statement(_ effect: String, _ principal: String, _ action: String) -> String {
    """
    {"Effect": "\(effect)", "Principal": {\(principal)}, "Action": "\(action)", "Resource": "*"}
    """
  }

  static func decide(
    _ keyStatements: [String], identity: String?, _ change: (inout DecisionRules) -> Void = { _ in }
  ) throws -> Decision {
    var policies = PolicySet()
    let text =
      #"{"Version": "2012-10-17", "Statement": [\#(keyStatements.joined(separator: ","))]}"#
    policies.resource = AttachedPolicy(
      kind: .key, label: "key", arn: key, document: try PolicyDocument(parsing: text, as: .key))
    if let identity {
      let text = """
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "\(identity)",
          "Resource": "\(key)"}}
        """
      policies.identity = [
        AttachedPolicy(
          kind: .identity, label: "identity:Writer", arn: nil,
          document: try PolicyDocument(parsing: text, as: .identity))
      ]
    }
    var rules = DecisionRules(resourceOwner: account)
    rules.resourceMustAllow = true
    change(&rules)
    return Decision.make(question(), policies: policies, rules: rules)
  }
}

@Suite struct DecisionTests {
  private let grant = Sample.statement("Allow", Sample.named, "kms:GenerateDataKey")
  private let delegate = Sample.statement("Allow", Sample.root, "kms:*")

  @Test func aKeyPolicyThatNamesTheCallerIsEnough() throws {
    let decision = try Sample.decide([grant], identity: nil)
    #expect(decision.verdict == .allowed)
    #expect(decision.deciding.map(\.statementName) == ["key:#1"])
  }

  @Test func delegationNeedsTheIdentityPolicy() throws {
    #expect(try Sample.decide([delegate], identity: "kms:GenerateDataKey").verdict == .allowed)
    let decision = try Sample.decide([delegate], identity: "kms:Decrypt")
    #expect(decision.cause == .implicitDeny)
    #expect(decision.refusedBy == .identity)
    #expect(
      decision.accessDeniedMessage.hasSuffix(
        "because no identity-based policy allows the kms:GenerateDataKey action"))
  }

  @Test func identityAloneIsNotEnoughForAKey() throws {
    let other = Sample.statement("Allow", #""AWS": "arn:aws:iam::1:role/x""#, "kms:*")
    let decision = try Sample.decide([other], identity: "kms:*")
    #expect(decision.refusedBy == .resource)
    #expect(decision.accessDeniedMessage.contains("no resource-based policy allows"))
  }

  @Test func anExplicitDenyBeatsEveryAllow() throws {
    let deny = Sample.statement("Deny", Sample.root, "kms:Generate*")
    let decision = try Sample.decide([grant, delegate, deny], identity: "kms:*")
    #expect(decision.cause == .explicitDeny)
    #expect(decision.deciding.map(\.statementName) == ["key:#3"])
    #expect(decision.nearestMiss == nil)
    #expect(
      decision.accessDeniedMessage.hasSuffix("with an explicit deny in a resource-based policy"))
  }

  @Test func underTheDescribedModelBothMustAllow() throws {
    let decision = try Sample.decide([delegate], identity: "kms:*") { $0.keyPolicyMustName = true }
    #expect(decision.verdict == .denied)
    #expect(decision.rowsUsed == ["both-must-allow"])
    let documented = try Sample.decide([delegate], identity: "kms:*") {
      $0.keyPolicyMustName = true
      $0.rowsDecide = false
    }
    #expect(documented.verdict == .allowed)
    #expect(documented.rowsUsed == ["both-must-allow"])
  }

  @Test func underTheDescribedModelTheServiceNeedsAStatement() throws {
    let service = Sample.statement(
      "Allow", #""Service": "kinesis.amazonaws.com""#, "kms:GenerateDataKey")
    let refused = try Sample.decide([grant], identity: nil) {
      $0.serviceStatement = Bench.service
    }
    #expect(refused.rowsUsed == ["service-statement"])
    #expect(refused.verdict == .denied)
    let allowed = try Sample.decide([grant, service], identity: nil) {
      $0.serviceStatement = Bench.service
    }
    #expect(allowed.verdict == .allowed)
    #expect(allowed.rowsUsed == [])
  }

  @Test func theNearestMissIsTheStatementWithOnePartAmiss() throws {
    let far = Sample.statement("Allow", #""AWS": "arn:aws:iam::1:role/x""#, "kms:Decrypt")
    let near = Sample.statement("Allow", Sample.named, "kms:Decrypt")
    let decision = try Sample.decide([far, near], identity: nil)
    let miss = try #require(decision.nearestMiss)
    #expect(miss.statementName == "key:#2")
    #expect(miss.mismatches.map(\.element) == ["Action"])
    let span = try #require(miss.mismatches.first?.span)
    #expect(miss.document.text(of: span) == "\"kms:Decrypt\"")
  }

  @Test func notFormsTurnAround() throws {
    let text = """
      {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "NotAction": "kms:Decrypt", "NotResource": "arn:aws:kms:us-east-1:1:key/x"}]}
      """
    let document = try PolicyDocument(parsing: text, as: .identity)
    #expect(document.statements[0].fits(Sample.question()))
    #expect(!document.statements[0].fits(Sample.question("kms:Decrypt")))
  }

  @Test func variablesAreFilledInFromTheRequest() throws {
    let text = """
      {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "kms:*",
        "Resource": "arn:aws:kms:us-east-1:123456789012:key/${aws:username, 'k'}"}}
      """
    let document = try PolicyDocument(parsing: text, as: .identity)
    #expect(document.statements[0].fits(Sample.question()))
    var named = Sample.question()
    named.context["aws:username"] = ["other"]
    #expect(!document.statements[0].fits(named))
  }
}

@Suite struct PolicyParserTests {
  @Test(arguments: [
    ("{", "This policy contains invalid Json", "{"),
    (
      #"{"Version":"2012-10-17","Statement":{"Effect":"allow","Action":"a:b","Resource":"*"}}"#,
      "The policy failed legacy parsing", "\"allow\""
    ),
    (
      #"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"Decrypt","Resource":"*"}}"#,
      "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.", "\"Decrypt\""
    ),
    (
      #"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"a:b","Resource":"x"}}"#,
      "Resource x must be in ARN format or \"*\".", "\"x\""
    ),
    (
      #"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"a:b","Resource":"*","Principal":"*"}}"#,
      "Syntax errors in policy.", "\"*\""
    ),
    (
      #"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"a:b","Resource":"*","Effect":"Deny"}}"#,
      "Syntax errors in policy.", "\"Effect\""
    ),
  ]) func aBrokenPolicyIsRefusedWithAWSsTextAndItsPlace(
    _ text: String, _ message: String, _ marked: String
  ) {
    let error = #expect(throws: PolicyError.self) {
      try PolicyDocument(parsing: text, as: .identity)
    }
    #expect(error?.message == message)
    if let span = error?.span, span.end <= text.utf8.count {
      let bytes = Array(text.utf8)[span.start..<span.end]
      #expect(marked == "{" || String(decoding: bytes, as: UTF8.self) == marked)
    }
  }

  @Test func aKeyPolicyNeedsAPrincipalAndAnIdentityPolicyAVersion() {
    let text = #"{"Statement":{"Effect":"Allow","Action":"kms:*","Resource":"*"}}"#
    #expect(throws: PolicyError.self) { try PolicyDocument(parsing: text, as: .key) }
    let error = #expect(throws: PolicyError.self) {
      try PolicyDocument(parsing: text, as: .identity)
    }
    #expect(error?.message == "Policy document must be version 2012-10-17 or greater.")
  }
}
