import Cloud
import Narration
import Policies
import Testing
import Values

@testable import Workbook

@Suite struct AccessTests {
  /// Commands that open or close something, tried one after the other.
  private static let commands = [
    "aws iam delete-role-policy --role-name kinesis-consumer-role --policy-name ConsumerAccess",
    "aws kms put-key-policy --key-id \(StartNames.keyID) --policy file://open.json",
    "aws kms create-key", "aws kinesis create-stream --stream-name extra --shard-count 1",
    "aws kms disable-key --key-id \(StartNames.keyID)", "model documented",
    // What lets another account in.
    "aws kms put-key-policy --key-id \(StartNames.keyID) --policy file://partner.json",
    "aws kinesis put-resource-policy --resource-arn arn:aws:kinesis:us-east-1:123456789012:stream/my-existing-stream --policy file://shared.json",
    "aws iam update-assume-role-policy --role-name my-producer-role --policy-document file://trust.json",
    "aws s3api put-bucket-policy --bucket \(StartNames.trailBucket) --policy file://bucket.json",
  ]

  private static let open = """
    cat > open.json <<'EOF'
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}]}
    EOF
    """

  /// Policies that name the partner's account, or forbid.
  private static let others = [
    "partner":
      "\"Effect\": \"Allow\", \"Principal\": {\"AWS\": [\"123456789012\", \"444455556666\"]}, \"Action\": \"kms:*\", \"Resource\": \"*\"",
    "shared":
      "\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"444455556666\"}, \"Action\": [\"kinesis:GetRecords\", \"kinesis:GetShardIterator\"], \"Resource\": \"arn:aws:kinesis:us-east-1:123456789012:stream/my-existing-stream\"",
    "trust":
      "\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"444455556666\"}, \"Action\": \"sts:AssumeRole\"",
    "bucket":
      "\"Effect\": \"Deny\", \"Principal\": \"*\", \"Action\": \"s3:*\", \"Resource\": \"arn:aws:s3:::\(StartNames.trailBucket)\"",
  ].sorted { $0.key < $1.key }.map {
    "cat > \($0.key).json <<'EOF'\n{\"Version\": \"2012-10-17\", \"Statement\": [{\($0.value)}]}\nEOF"
  }

  @Test func whatALostStatementAllowedIsNamed() {
    var workbook = Workbook()
    let told = workbook.feed(
      "what-if aws iam delete-role-policy --role-name kinesis-producer-role --policy-name ProducerAccess"
    ).reply
    #expect(
      told.contains("identity:ProducerAccess#") && told.contains("  was ")
        && !told.contains("nothing near"), "\(told)")
  }

  @Test(arguments: commands) func whatIfSaysWhatApplyingWouldMeasure(_ command: String) {
    var workbook = Workbook()
    for line in [Self.open] + Self.others { _ = workbook.feed(line) }
    let first = workbook.desk.cloud
    let before = AccessMatrix(of: first)
    let digest = workbook.desk.world.digest
    let told = workbook.feed("what-if \(command)")
    #expect(told.status == 0)
    #expect(workbook.desk.world.digest == digest)
    _ = workbook.feed(command)
    let changes = AccessMatrix(of: workbook.desk.cloud).changes(since: before)
    for change in changes {
      let row = told.reply.split(separator: "\n").first {
        $0.contains(change.isAllowed ? "gains" : "loses")
          && $0.contains(" \(change.cell.principal) ")
          && $0.contains("\(change.cell.action) ") && $0.contains(change.cell.resource)
      }
      #expect(row != nil, "\(change.cell)")
    }
    let rows = told.reply.split(separator: "\n").count {
      $0.hasPrefix("  gains") || $0.hasPrefix("  loses")
    }
    #expect(rows == changes.count)
    // The door's own answers, one by one: what changes is told, and nothing else is.
    for question in DoorQuestion.all(first.world) {
      let was = question.answer(in: first)
      let isNow = question.answer(in: workbook.desk.cloud)
      let isTold = changes.contains {
        $0.cell.principal == question.profile && $0.cell.action == question.action
          && $0.cell.resource == question.label
      }
      if was != isNow { #expect(isTold, "\(question) is not told") }
      // A key that is switched off permits as before, and serves nobody.
      if was == isNow, !command.contains("disable-key") {
        #expect(!isTold, "\(question) is told and stays \(was.debugDescription)")
      }
    }
  }

  @Test func takingAPolicyAwayTakesExactlyItsCells() {
    var workbook = Workbook(model: .documented)
    let before = AccessMatrix(of: workbook.desk.cloud)
    _ = workbook.feed(
      "aws kms put-key-policy --key-id \(StartNames.keyID) --policy \"$(aws kms get-key-policy --key-id \(StartNames.keyID) --query Policy --output text)\""
    )
    #expect(AccessMatrix(of: workbook.desk.cloud).changes(since: before).isEmpty)
    _ = workbook.feed(
      "aws iam delete-role-policy --role-name kinesis-producer-role --policy-name ProducerAccess")
    let changes = AccessMatrix(of: workbook.desk.cloud).changes(since: before)
    // The key's policy names the producer, so nothing changes there; the guide's stream is not made.
    #expect(changes.isEmpty)
  }

  @Test func whoCanTellsForbiddenFromNotPermitted() {
    var workbook = Workbook()
    _ = workbook.feed(
      "cat > d.json <<'E'\n{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Deny\", \"Action\": \"kms:*\", \"Resource\": \"*\"}]}\nE"
    )
    _ = workbook.feed(
      "aws iam put-role-policy --role-name kinesis-producer-role --policy-name D --policy-document file://d.json"
    )
    let reply = workbook.feed("who-can kms:Encrypt on \(StartNames.keyID)").reply
    func row(_ name: String) -> String? {
      reply.split(separator: "\n").first { $0.hasPrefix("\(name) ") }.map(String.init)
    }
    #expect(row("producer")?.contains("  forbidden      identity:D#1") == true)
    #expect(row("consumer")?.contains("  not permitted") == true)
    #expect(row("admin")?.contains("  yes ") == true)
    // A role that no profile stands for is asked as well.
    #expect(row("my-producer-role")?.contains("  not permitted") == true)
  }

  @Test func aKeyThatIsSwitchedOffCostsEverybodyTheirWritesAndNoPolicyIsBlamed() {
    var workbook = Workbook(model: .documented)
    let encrypt =
      "aws kinesis start-stream-encryption --stream-name my-existing-stream --encryption-type KMS "
      + "--key-id \(StartNames.keyID)"
    _ = workbook.feed(encrypt)
    _ = workbook.feed("aws kinesis wait stream-exists --stream-name my-existing-stream")
    let disable = "aws kms disable-key --key-id \(StartNames.keyID)"
    let told = workbook.feed("what-if \(disable)").reply
    #expect(told.contains("loses  admin             write"))
    #expect(told.contains("the key is Disabled"))
    _ = workbook.feed(disable)
    _ = workbook.feed("wait 10m")
    _ = workbook.feed(
      "aws kinesis put-record --stream-name my-existing-stream --partition-key a --data aGk=")
    #expect(workbook.feed("why").reply.contains("KMSDisabledException"))
    let fix = workbook.feed("fix")
    #expect(fix.reply.contains("no permission would help"))
    #expect(fix.status == 1)
  }

  @Test func whoeverIsMadeIsAskedToo() {
    var workbook = Workbook()
    _ = workbook.feed("aws iam create-user --user-name eve")
    _ = workbook.feed(
      "aws iam attach-user-policy --user-name eve --policy-arn arn:aws:iam::aws:policy/AdministratorAccess"
    )
    #expect(
      workbook.feed("who-can kms:Encrypt on \(StartNames.keyID)").reply.contains("eve"))
    #expect(workbook.feed("can eve kinesis:PutRecord on my-existing-stream").status == 0)
    #expect(workbook.feed("what-can eve").reply.contains("can write"))
  }

  @Test(arguments: [
    ("can producer kinesis:PutRecrd on my-existing-stream", "kinesis:PutRecord?"),
    ("can producer PutRecord on my-existing-stream", "kinesis:PutRecord?"),
    ("can producer kinesis:PutRecord on my-existing-strem", "my-existing-stream?"),
    ("who-can kms:Decrpt on \(StartNames.keyID)", "kms:Decrypt?"),
    ("who-can kmss:Decrypt on \(StartNames.keyID)", "did you mean kms?"),
  ])
  func aMistypedNameIsNotAnsweredAsAFact(_ line: String, _ hint: String) {
    var workbook = Workbook()
    let turn = workbook.feed(line)
    #expect(turn.status == 2)
    #expect(turn.errors.contains(hint), "\(turn.errors)")
  }

  @Test func changesCountFromTheLastCheckpoint() {
    var workbook = Workbook()
    func changes() -> String { workbook.feed("matrix changes").reply }
    #expect(changes().hasPrefix("No answer changed."))
    _ = workbook.feed("model documented")
    #expect(changes().contains("gains  admin             kms:Decrypt"))
    // Looking is no checkpoint.
    _ = workbook.feed("matrix")
    #expect(changes().contains("gains  admin             kms:Decrypt"))
    #expect(workbook.feed("checkpoint").status == 0)
    #expect(changes().hasPrefix("No answer changed."))
    _ = workbook.feed("model described")
    #expect(changes().contains("loses  admin             kms:Decrypt"))
    _ = workbook.feed("reset")
    #expect(changes().hasPrefix("No answer changed."))
  }

  @Test func everyAnswerOfTheMatrixHasItsReason() {
    var workbook = Workbook(model: .documented)
    let rows = workbook.feed("matrix reasons").reply.split(separator: "\n")
    func row(_ principal: String, _ action: String) -> Substring? {
      rows.first { $0.hasPrefix("\(principal) ") && $0.contains(" \(action) ") }
    }
    #expect(
      row("producer", "kms:GenerateDataKey")?.contains(
        "yes  key:Allow Kinesis producers to use the key, identity:ProducerAccess#2") == true)
    #expect(
      row("consumer", "kinesis:PutRecord")?.contains("nearest identity:ConsumerAccess#1") == true)
    #expect(rows.allSatisfy { $0.contains(" yes ") || $0.contains(" - ") })
  }

  @Test func hundredsOfSimulationsTakeWellUnderASecond() {
    var workbook = Workbook()
    workbook.explain = .off
    _ = workbook.feed(Self.open.replacing("\"Principal\": \"*\", ", with: ""))
    let clock = ContinuousClock()
    var results = 0
    let time = clock.measure {
      for number in 0..<400 {
        let turn = workbook.feed(
          "aws iam simulate-custom-policy --policy-input-list \"$(cat open.json)\" --action-names kms:Decrypt kinesis:PutRecord --resource-arns arn:aws:kms:us-east-1:123456789012:key/\(number)"
        )
        #expect(turn.status == 0)
        results += turn.reply.split(separator: "\n").count { $0.contains("EvalDecision\"") }
      }
    }
    print("400 simulations with two answers each: \(time)")
    #expect(results == 800)
    // Two seconds leave room for a busy machine and a debug build.
    #expect(time < .seconds(2))
  }

  @Test(arguments: [
    "who-can", "who-can x y z", "who-can kms:Decrypt on nothing", "what-can", "what-can nobody",
    "matrix x", "what-if",
  ])
  func wrongUseIsTold(_ line: String) {
    var workbook = Workbook()
    let turn = workbook.feed(line)
    #expect(turn.status == 2)
    #expect(turn.errors.contains("usage:"))
  }

  private static func policy(_ principal: String) -> String {
    "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Principal\": {\(principal)}, \"Action\": \"kms:*\", \"Resource\": \"*\"}]}"
  }

  @Test func aConditionKeyCanBeSupposed() {
    var workbook = Workbook()
    _ = workbook.feed(
      "cat > k.json <<'E'\n{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"arn:aws:iam::123456789012:root\"}, \"Action\": \"kms:*\", \"Resource\": \"*\"}, {\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"kms:Decrypt\", \"Resource\": \"*\", \"Condition\": {\"StringEquals\": {\"kms:EncryptionContext:team\": \"a\"}}}]}\nE"
    )
    _ = workbook.feed("aws kms put-key-policy --key-id \(StartNames.keyID) --policy file://k.json")
    let question = "can auditor kms:Decrypt on \(StartNames.keyID)"
    #expect(workbook.feed(question).status == 1)
    #expect(workbook.feed("\(question) with kms:EncryptionContext:team=a").status == 0)
    #expect(workbook.feed("\(question) with kms:EncryptionContext:team=b").status == 1)
    #expect(workbook.feed("\(question) with nonsense").status == 2)
  }

  @Test func aCallOfTheJournalIsExplainedByItsNumber() {
    var workbook = Workbook()
    _ = workbook.feed("aws kms list-keys --profile producer")
    let reply = workbook.feed("explain 1").reply
    #expect(
      reply.contains("call 1, 2026-01-05T09:00:00Z: kms:ListKeys by role/kinesis-producer-role"))
    #expect(reply.contains("Not permitted: nothing allows kms:ListKeys"))
    #expect(workbook.feed("explain 99").errors.contains("the journal has 1 to 1"))
  }

  /// A Deny in one policy, an attempt that it forbids, and what is left of it after the fix.
  struct DenyRow: CustomTestStringConvertible, Sendable {
    var setUp: [String]
    var attempt: String
    var reply: String
    /// Attempts that stay forbidden.
    var still: [String]
    var testDescription: String { reply }
  }

  private static func deny(_ more: String) -> String {
    "cat > d.json <<'E'\n{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Deny\", \(more)}]}\nE"
  }

  private static let onProducer =
    "aws iam put-role-policy --role-name kinesis-producer-role --policy-name D --policy-document file://d.json"
  private static let onAuditor =
    "aws iam put-user-policy --user-name auditor --policy-name D --policy-document file://d.json"
  private static let onAccount = [
    "P=$(aws organizations create-policy --name Guard --description d --type SERVICE_CONTROL_POLICY --content file://d.json --query Policy.PolicySummary.Id --output text)",
    "aws organizations attach-policy --policy-id $P --target-id 123456789012",
  ]
  private static let list = "aws kinesis list-streams --profile producer"

  static let denials: [DenyRow] = [
    DenyRow(
      setUp: [
        deny("\"Action\": [\"kinesis:ListStreams\", \"kms:*\"], \"Resource\": \"*\""), onProducer,
      ], attempt: list, reply: "its Action loses \"kinesis:ListStreams\"",
      still: ["aws kms list-keys --profile producer"]),
    DenyRow(
      setUp: [deny("\"Action\": \"kinesis:List*\", \"Resource\": \"*\""), onProducer],
      attempt: list, reply: "its Action says what \"kinesis:List*\" means",
      still: ["aws kinesis list-shards --stream-name my-existing-stream --profile producer"]),
    DenyRow(
      setUp: [deny("\"Action\": \"*\", \"Resource\": \"*\""), onProducer],
      attempt: list, reply: "it forbids the same, except this call",
      still: ["aws kinesis list-shards --stream-name my-existing-stream --profile producer"]),
    DenyRow(
      setUp: [deny("\"Action\": \"kinesis:*\", \"Resource\": \"*\""), onProducer],
      attempt: list, reply: "the statement goes", still: []),
    DenyRow(
      setUp: [deny("\"NotAction\": \"kms:*\", \"Resource\": \"*\""), onProducer],
      attempt: list, reply: "its NotAction gets \"kinesis:ListStreams\"",
      still: ["aws iam list-roles --profile producer"]),
    DenyRow(
      setUp: [deny("\"Action\": \"kinesis:*\", \"Resource\": \"*\"")] + onAccount,
      attempt: list, reply: "it leaves role/kinesis-producer-role alone",
      still: ["aws kinesis list-streams --profile consumer"]),
    DenyRow(
      setUp: [
        deny(
          "\"Action\": \"kinesis:*\", \"Resource\": \"*\", \"Condition\": {\"StringNotEquals\": {\"aws:RequestedRegion\": \"eu-west-1\"}}"
        )
      ] + onAccount, attempt: list,
      reply: "it leaves role/kinesis-producer-role alone",
      still: ["aws kinesis list-streams --profile consumer"]),
    DenyRow(
      setUp: [
        deny(
          "\"Action\": \"kinesis:*\", \"Resource\": \"*\", \"Condition\": {\"StringNotEquals\": {\"aws:RequestedRegion\": \"eu-west-1\"}}"
        ), onProducer,
      ], attempt: list, reply: "its StringNotEquals of aws:RequestedRegion gets \"us-east-1\"",
      still: ["aws kinesis list-streams --region us-west-2 --profile producer"]),
    DenyRow(
      setUp: [
        deny(
          "\"Sid\": \"No\", \"Principal\": {\"AWS\": [\"arn:aws:iam::123456789012:user/auditor\", \"arn:aws:iam::123456789012:role/kinesis-producer-role\"]}, \"Action\": \"kms:Encrypt\", \"Resource\": \"*\"}, {\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"arn:aws:iam::123456789012:root\"}, \"Action\": \"kms:*\", \"Resource\": \"*\""
        ), "aws kms put-key-policy --key-id \(StartNames.keyID) --policy file://d.json",
      ],
      attempt:
        "aws kms encrypt --key-id \(StartNames.keyID) --plaintext aGk= --profile producer",
      reply: "its Principal loses \"arn:aws:iam::123456789012:role/kinesis-producer-role\"",
      still: ["aws kms encrypt --key-id \(StartNames.keyID) --plaintext aGk= --profile auditor"]),
    DenyRow(
      setUp: [
        deny(
          "\"Action\": \"kinesis:ListStreams\", \"Resource\": \"*\"}, {\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\""
        ), "aws iam create-policy --policy-name Edge --policy-document file://d.json",
        "aws iam put-role-permissions-boundary --role-name kinesis-producer-role --permissions-boundary arn:aws:iam::123456789012:policy/Edge",
      ], attempt: list, reply: "create-policy-version", still: []),
  ]

  @Test(arguments: denials) func aDenyIsNarrowedByWhatOpensLeast(row: DenyRow) throws {
    var workbook = Workbook(model: .documented)
    for line in row.setUp {
      let turn = workbook.feed(line)
      #expect(turn.status == 0, "\(turn.errors)")
    }
    #expect(workbook.feed(row.attempt).status == 254)
    let told = workbook.feed("fix")
    #expect(told.status == 0, "\(told.reply)")
    #expect(told.reply.contains(row.reply), "\(told.reply)")
    #expect(told.reply.contains("ask before you take it back"))
    #expect(workbook.feed("fix --apply").status == 0)
    #expect(workbook.feed(row.attempt).status == 0)
    for attempt in row.still { #expect(workbook.feed(attempt).status == 254, "\(attempt)") }
  }

  /// Where one change of one part opens more than the call, several statements take its place.
  @Test func aHoleInADenyIsAsNarrowAsTheCall() throws {
    let key = StartNames.keyID
    for (setUp, attempt) in [
      (
        [
          Self.deny("\"Sid\": \"No\", \"Action\": \"kms:*\", \"Resource\": \"*\""),
          "aws iam put-user-policy --user-name admin --policy-name U --policy-document file://d.json",
        ], "aws kms encrypt --key-id \(key) --plaintext aGk="
      ),
      (
        [
          Self.deny("\"Action\": \"*\", \"Resource\": \"*\""), Self.onProducer,
        ], "aws kinesis describe-stream --stream-name my-existing-stream --profile producer"
      ),
      (
        [
          "aws iam create-group --group-name g",
          "aws iam add-user-to-group --group-name g --user-name admin",
          "aws iam add-user-to-group --group-name g --user-name auditor",
          Self.deny("\"Action\": [\"kms:DescribeKey\", \"kms:List*\"], \"Resource\": \"*\""),
          "aws iam put-group-policy --group-name g --policy-name D --policy-document file://d.json",
        ], "aws kms describe-key --key-id \(key) --profile auditor"
      ),
    ] as [([String], String)] {
      var workbook = Workbook(model: .documented)
      for line in setUp {
        let turn = workbook.feed(line)
        #expect(turn.status == 0, "\(line) \(turn.errors)")
      }
      #expect(workbook.feed(attempt).status == 254, "\(attempt)")
      let before = AccessMatrix(of: workbook.desk.cloud)
      let told = workbook.feed("fix")
      #expect(told.reply.contains("statements in its place forbid the same"), "\(told.reply)")
      #expect(workbook.feed("fix --apply").status == 0)
      #expect(workbook.feed(attempt).status == 0)
      let changes = AccessMatrix(of: workbook.desk.cloud).changes(since: before)
      #expect(changes.count <= 1 && changes.allSatisfy(\.isAllowed), "\(changes)")
    }
  }

  @Test func aDenyForTheCallerAloneGoesAsAWhole() throws {
    var workbook = Workbook(model: .documented)
    let trust =
      "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Deny\", \"Principal\": {\"AWS\": \"arn:aws:iam::123456789012:user/auditor\"}, \"Action\": \"sts:AssumeRole\"}, {\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"arn:aws:iam::123456789012:user/auditor\"}, \"Action\": \"sts:AssumeRole\"}]}"
    _ = workbook.feed("aws iam create-role --role-name t1 --assume-role-policy-document '\(trust)'")
    #expect(
      workbook.feed(
        "aws sts assume-role --role-arn arn:aws:iam::123456789012:role/t1 --role-session-name ss --profile auditor"
      ).status == 254)
    #expect(workbook.feed("fix").reply.contains("the statement goes"))
    #expect(workbook.feed("fix --apply").status == 0)
    let policy = workbook.feed(
      "aws iam get-role --role-name t1 --query Role.AssumeRolePolicyDocument --output json"
    ).reply
    #expect(!policy.contains("Deny"), "\(policy)")
  }

  /// Policies of buckets and of consumers are mended by their own commands.
  @Test func policiesOfBucketsAndConsumersAreMended() {
    let bucket = StartNames.trailBucket
    let consumer = "arn:aws:kinesis:us-east-1:123456789012:stream/my-existing-stream"
    for (setUp, attempt, says) in [
      (
        [
          "aws s3api put-bucket-policy --bucket \(bucket) --policy '{\"Version\": \"2012-10-17\", \"Statement\": [{\"Sid\": \"No\", \"Effect\": \"Deny\", \"Principal\": \"*\", \"Action\": \"s3:GetBucketPolicy\", \"Resource\": \"arn:aws:s3:::\(bucket)\"}]}'"
        ], "aws s3api get-bucket-policy --bucket \(bucket)", "aws s3api put-bucket-policy"
      ),
      (
        [
          "aws kinesis register-stream-consumer --stream-arn \(consumer) --consumer-name c1",
          "wait 1m",
          "C=$(aws kinesis list-stream-consumers --stream-arn \(consumer) --query Consumers[0].ConsumerARN --output text)",
        ], "aws kinesis describe-stream-consumer --consumer-arn $C --profile partner",
        "aws kinesis put-resource-policy --resource-arn \(consumer)/consumer/c1:"
      ),
    ] {
      var workbook = Workbook(model: .documented)
      for line in setUp {
        let turn = workbook.feed(line)
        #expect(turn.status == 0, "\(line) \(turn.errors)")
      }
      #expect(workbook.feed(attempt).status == 254)
      let told = workbook.feed("fix").reply
      #expect(told.contains(says), "\(told)")
      #expect(workbook.feed("fix --apply").status == 0)
      #expect(workbook.feed(attempt).status == 0)
    }
  }

  @Test func whatCameWithTheCredentialsCannotBeMended() {
    for statement in [
      "{\"Effect\": \"Allow\", \"Action\": \"kinesis:*\", \"Resource\": \"*\"}",
      "{\"Effect\": \"Deny\", \"Action\": \"iam:*\", \"Resource\": \"*\"}",
    ] {
      var workbook = Workbook()
      for line in [
        "cat > s.json <<'E'\n{\"Version\": \"2012-10-17\", \"Statement\": [\(statement)]}\nE",
        "aws iam put-role-policy --role-name my-producer-role --policy-name All --policy-document '{\"Version\": \"2012-10-17\", \"Statement\": {\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\"}}'",
        "export AWS_ACCESS_KEY_ID=$(aws sts assume-role --role-arn arn:aws:iam::123456789012:role/my-producer-role --role-session-name me --policy file://s.json --query Credentials.AccessKeyId --output text)",
      ] { _ = workbook.feed(line) }
      #expect(workbook.feed("aws iam list-users").status == 254)
      let turn = workbook.feed("fix")
      #expect(turn.status == 1)
      #expect(turn.reply.contains("get new ones"), "\(turn.reply)")
    }
  }

  /// Limits and trust that say nothing get a statement where they stand.
  @Test(arguments: [
    (
      [
        "cat > s.json <<'E'\n{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": [\"kms:*\", \"organizations:*\", \"iam:*\"], \"Resource\": \"*\"}]}\nE",
        "P=$(aws organizations create-policy --name Only --description d --type SERVICE_CONTROL_POLICY --content file://s.json --query Policy.PolicySummary.Id --output text)",
        "aws organizations attach-policy --policy-id $P --target-id 123456789012",
        "aws organizations detach-policy --policy-id p-FullAWSAccess --target-id 123456789012",
      ], list, "Only, attached to keyhole, lets this action through"
    ),
    (
      [
        "cat > s.json <<'E'\n{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"kms:*\", \"Resource\": \"*\"}]}\nE",
        "aws iam create-policy --policy-name Edge --policy-document file://s.json",
        "aws iam put-role-permissions-boundary --role-name kinesis-producer-role --permissions-boundary arn:aws:iam::123456789012:policy/Edge",
      ], list, "the boundary Edge reaches this action"
    ),
    (
      [
        "cat > s.json <<'E'\n{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"arn:aws:iam::123456789012:user/admin\"}, \"Action\": \"sts:AssumeRole\"}]}\nE",
        "aws iam update-assume-role-policy --role-name my-producer-role --policy-document file://s.json",
      ],
      "aws sts assume-role --role-arn arn:aws:iam::123456789012:role/my-producer-role --role-session-name me --profile auditor",
      "the trust policy of role my-producer-role gets one statement"
    ),
  ])
  func aLimitIsWidenedByTheOneAction(_ setUp: [String], _ attempt: String, _ reply: String) {
    var workbook = Workbook(model: .documented)
    for line in setUp {
      let turn = workbook.feed(line)
      #expect(turn.status == 0, "\(turn.errors)")
    }
    #expect(workbook.feed(attempt).status == 254)
    let told = workbook.feed("fix --apply")
    #expect(told.reply.contains(reply), "\(told.reply)")
    #expect(workbook.feed(attempt).status == 0)
  }
}
