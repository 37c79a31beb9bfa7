import Cloud
import Commands
import Values

/// The world of a drill before anything is wrong, and how its things are called.
///
/// The names come from the seed, so that a drill that was done once is not known by heart.
struct DrillScene: Sendable {
  let seed: UInt64
  let stream: String
  let alias: String
  /// A second team's stream and key, which nothing of this drill should use.
  let otherStream: String
  let otherAlias: String
  /// A Region in which the drill has nothing.
  let otherRegion: String
  let partitionKey: String
  /// Known once the keys are made.
  private(set) var keyID = ""
  private(set) var otherKeyID = ""

  let account = "123456789012"
  let region = "us-east-1"

  init(seed: UInt64) {
    self.seed = seed
    var draw = DrillDraw(seed: seed)
    stream = draw.one(of: Self.subjects) + "-" + draw.one(of: Self.kinds)
    let other = draw.one(of: Self.otherSubjects)
    otherStream = other + "-" + draw.one(of: Self.kinds)
    alias = "alias/" + draw.one(of: Self.keyNames) + "-" + draw.one(of: Self.stages)
    otherAlias = "alias/" + other + "-" + draw.one(of: Self.stages)
    otherRegion = draw.one(of: ["us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-2"])
    partitionKey =
      draw.one(of: ["till", "meter", "door", "cart", "ward", "dock"])
      + "-\(draw.number(below: 90) + 10)"
  }

  private static let subjects = [
    "orders", "payments", "claims", "visits", "readings", "invoices", "clicks", "parcels",
    "bookings", "trades", "rides", "alerts",
  ]
  private static let otherSubjects = ["returns", "surveys", "payroll", "stock", "mail", "badges"]
  private static let kinds = ["events", "feed", "stream", "ingest", "live", "log"]
  private static let keyNames = ["records", "data", "stream", "events", "ledger", "intake"]
  private static let stages = ["prod", "main", "eu", "core", "blue", "one"]

  var streamARN: String { "arn:aws:kinesis:\(region):\(account):stream/\(stream)" }
  var otherStreamARN: String { "arn:aws:kinesis:\(region):\(account):stream/\(otherStream)" }
  var keyARN: String { "arn:aws:kms:\(region):\(account):key/\(keyID)" }
  var otherKeyARN: String { "arn:aws:kms:\(region):\(account):key/\(otherKeyID)" }
  static let writerRole = "kinesis-producer-role"
  static let readerRole = "kinesis-consumer-role"

  /// The keys first: the policies that follow name them.
  private var firstLines: [String] {
    [alias, otherAlias].map {
      "aws kms create-alias --alias-name \($0) --target-key-id "
        + "$(aws kms create-key --description \($0.dropFirst(6)) --query KeyMetadata.KeyId --output text)"
    }
  }

  private var thenLines: [String] {
    [
      "aws kinesis create-stream --stream-name \(stream) --shard-count 1",
      "aws kinesis create-stream --stream-name \(otherStream) --shard-count 1",
      "aws kinesis wait stream-exists --stream-name \(otherStream)",
      "aws kinesis start-stream-encryption --stream-name \(stream) --encryption-type KMS --key-id \(alias)",
      "aws kinesis wait stream-exists --stream-name \(stream)",
      put(role: Self.writerRole, "ProducerAccess", writerPolicy()),
      put(role: Self.readerRole, "ConsumerAccess", readerPolicy()),
      "wait 10s",
      write, write,
    ]
  }

  /// Builds the healthy world on a desk, and learns the ids that it gave.
  mutating func build(in workbook: inout Workbook) {
    for line in firstLines { workbook.runQuietly(line) }
    let world = workbook.desk.world
    func id(_ name: String) -> String {
      world.keys.alias(name, in: .usEast1).map { world.keys[$0.key].id } ?? ""
    }
    keyID = id(alias)
    otherKeyID = id(otherAlias)
    for line in thenLines { workbook.runQuietly(line) }
  }

  // MARK: Commands that drills use

  /// One record put as the producer.
  var write: String {
    "aws kinesis put-record --stream-name \(stream) --partition-key \(partitionKey) "
      + "--data aGVsbG8= --profile producer"
  }

  /// All records read from the first one on as the consumer.
  var read: String {
    "aws kinesis get-records --profile consumer --shard-iterator $(aws kinesis get-shard-iterator "
      + "--stream-name \(stream) --shard-id shardId-000000000000 "
      + "--shard-iterator-type TRIM_HORIZON --query ShardIterator --output text --profile consumer)"
  }

  func put(role: String, _ name: String, _ policy: String) -> String {
    "aws iam put-role-policy --role-name \(role) --policy-name \(name) "
      + "--policy-document '\(policy)'"
  }

  func put(keyPolicy policy: String) -> String {
    "aws kms put-key-policy --key-id \(keyID) --policy-name default --policy '\(policy)'"
  }

  func encrypt(under key: String) -> String {
    "aws kinesis start-stream-encryption --stream-name \(stream) --encryption-type KMS "
      + "--key-id \(key)"
  }

  // MARK: Policies

  /// What the producer's role should have; each part may be given otherwise.
  func writerPolicy(
    actions: [String] = ["kinesis:PutRecord", "kinesis:PutRecords"], on resource: String? = nil,
    keyActions: [String] = ["kms:GenerateDataKey"], onKey keyResource: String? = nil,
    condition: String? = nil, more: [String] = []
  ) -> String {
    Self.policy(
      [
        Self.statement(actions: actions, resource: resource ?? streamARN),
        Self.statement(
          actions: keyActions, resource: keyResource ?? keyARN, condition: condition),
      ] + more)
  }

  /// What the consumer's role should have.
  func readerPolicy(
    actions: [String] = ["kinesis:GetShardIterator", "kinesis:GetRecords", "kinesis:ListShards"],
    on resource: String? = nil, keyActions: [String] = ["kms:Decrypt"],
    onKey keyResource: String? = nil, condition: String? = nil, more: [String] = []
  ) -> String {
    Self.policy(
      [
        Self.statement(actions: actions, resource: resource ?? streamARN),
        Self.statement(
          actions: keyActions, resource: keyResource ?? keyARN, condition: condition),
      ] + more)
  }

  /// A key policy with the delegation to the account, and what is given beside it.
  func keyPolicy(
    delegating: Bool = true, more: [String] = []
  ) -> String {
    let delegation = Self.statement(
      sid: delegating ? "Enable IAM User Permissions" : "Administration",
      actions: ["kms:*"], resource: "*",
      principal: "arn:aws:iam::\(account):\(delegating ? "root" : "user/admin")")
    return Self.policy([delegation] + more)
  }

  static func policy(_ statements: [String]) -> String {
    "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n"
      + statements.joined(separator: ",\n") + "\n  ]\n}"
  }

  /// One statement, as it stands in a policy's list. `condition` is the value of `Condition`.
  static func statement(
    sid: String? = nil, effect: String = "Allow", actions: [String], element: String = "Action",
    resource: String, principal: String? = nil, condition: String? = nil
  ) -> String {
    var lines: [String] = []
    if let sid { lines.append("\"Sid\": \"\(sid)\"") }
    lines.append("\"Effect\": \"\(effect)\"")
    if let principal {
      lines.append(
        principal == "*" ? "\"Principal\": \"*\"" : "\"Principal\": { \"AWS\": \"\(principal)\" }")
    }
    let names = actions.map { "\"\($0)\"" }.joined(separator: ", ")
    lines.append("\"\(element)\": " + (actions.count == 1 ? names : "[\(names)]"))
    lines.append("\"Resource\": \"\(resource)\"")
    if let condition { lines.append("\"Condition\": \(condition)") }
    return "    {\n" + lines.map { "      \($0)" }.joined(separator: ",\n") + "\n    }"
  }
}

/// A seed's choices, one after another.
///
/// SplitMix64: enough to vary names; no key of the lab comes from it.
struct DrillDraw {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0x1234_5678 }

  mutating func number(below bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    mixed ^= mixed >> 31
    return Int(mixed % UInt64(bound))
  }

  mutating func one<Choice>(of choices: [Choice]) -> Choice {
    choices[number(below: choices.count)]
  }
}

extension Workbook {
  /// Runs a line of a world's set-up: nothing of it is shown or kept for undo. False when it failed.
  @discardableResult
  mutating func runQuietly(_ line: String) -> Bool {
    var turn = Turn()
    run(line, &turn)
    return turn.status == 0
  }
}
