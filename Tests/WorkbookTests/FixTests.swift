import Cloud
import Narration
import Policies
import Testing
import Values

@testable import Workbook

/// Random refusals in random states of the policies.
@Suite struct FixTests {
  private struct Chance {
    var state: UInt64 = 77

    mutating func draw(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }

    mutating func one<Element>(of elements: [Element]) -> Element { elements[draw(elements.count)] }
  }

  private static let key = StartNames.keyID
  private static let keyARN = "arn:aws:kms:us-east-1:123456789012:key/\(StartNames.keyID)"
  private static let streams = "arn:aws:kinesis:us-east-1:123456789012:stream"
  private static let bucket = StartNames.trailBucket

  /// What turns things upside down before a call.
  private static let upsets = [
    "aws iam delete-role-policy --role-name kinesis-producer-role --policy-name ProducerAccess",
    "aws iam delete-role-policy --role-name kinesis-consumer-role --policy-name ConsumerAccess",
    "aws kms put-key-policy --key-id \(key) --policy file://root.json",
    "aws kms put-key-policy --key-id \(key) --policy file://service.json",
    "aws iam put-role-policy --role-name kinesis-producer-role --policy-name ProducerAccess --policy-document file://streams.json",
    "model documented", "model described", "aws kms create-key",
    "aws iam put-role-policy --role-name kinesis-producer-role --policy-name D --policy-document file://deny.json",
    "aws iam put-user-policy --user-name auditor --policy-name D --policy-document file://deny.json",
    "aws organizations attach-policy --policy-id $P --target-id 123456789012",
    "aws iam put-role-permissions-boundary --role-name kinesis-consumer-role --permissions-boundary arn:aws:iam::123456789012:policy/Edge",
    "aws kms put-key-policy --key-id \(key) --policy file://closed.json",
    "aws kms put-key-policy --bypass-policy-lockout-safety-check --key-id \(key) --policy file://auditors.json",
    "aws s3api put-bucket-policy --bucket \(bucket) --policy file://bucket.json",
    "aws kinesis put-resource-policy --resource-arn \(streams)/my-existing-stream --policy file://shared.json",
    "aws iam put-role-policy --role-name partner-app-role --policy-name All --policy-document file://all.json --profile partner-admin",
  ]

  /// What forbids, and not only fails to allow.
  private static let denials = [
    "aws iam put-role-policy --role-name kinesis-producer-role --policy-name D --policy-document file://deny.json",
    "aws iam put-role-policy --role-name kinesis-consumer-role --policy-name D --policy-document file://deny.json",
    "aws iam put-user-policy --user-name auditor --policy-name D --policy-document file://deny.json",
    "aws organizations attach-policy --policy-id $P --target-id 123456789012",
    "aws kms put-key-policy --key-id \(key) --policy file://closed.json",
    "aws kms put-key-policy --key-id \(key) --policy file://spared.json",
    "aws s3api put-bucket-policy --bucket \(bucket) --policy file://bucket.json",
  ]

  private static let attempts = [
    "aws kinesis put-record --stream-name my-secure-stream --partition-key a --data aGk=",
    "aws kinesis list-streams", "aws kms list-keys", "aws kms create-key",
    "aws kms generate-data-key --key-id \(key) --key-spec AES_256 --encryption-context a=b",
    "aws kms encrypt --key-id \(key) --plaintext aGk=",
    "aws kinesis describe-stream --stream-name my-existing-stream",
    "aws kinesis delete-stream --stream-name my-secure-stream",
    "aws iam get-role --role-name my-producer-role",
    "aws s3api get-bucket-policy --bucket \(bucket)",
    "aws s3api list-objects-v2 --bucket \(bucket)",
    "aws s3api delete-object --bucket \(bucket) --key a/b",
    "aws sts assume-role --role-arn arn:aws:iam::123456789012:role/my-producer-role --role-session-name me",
  ]

  /// What the partner tries in the lab's account; a stream that is deleted cannot be given.
  private static let partners = [
    "aws kms encrypt --key-id \(keyARN) --plaintext aGk=",
    "aws kms describe-key --key-id \(keyARN)",
    "aws kms generate-data-key --key-id \(keyARN) --key-spec AES_256 --encryption-context a=b",
    "aws kinesis describe-stream-summary --stream-arn \(streams)/my-existing-stream",
    "aws kinesis get-shard-iterator --stream-arn \(streams)/my-existing-stream --shard-id shardId-000000000000 --shard-iterator-type LATEST",
    "aws kinesis put-record --stream-arn \(streams)/my-existing-stream --partition-key a --data aGk=",
    "aws kinesis list-shards --stream-arn \(streams)/my-secure-stream",
    "aws kinesis delete-stream --stream-arn \(streams)/my-existing-stream",
    "aws sts assume-role --role-arn arn:aws:iam::123456789012:role/my-producer-role --role-session-name me",
    "aws kinesis list-streams", "aws iam list-users",
  ]

  private static let files = [
    "root.json": allow("\"AWS\": \"arn:aws:iam::123456789012:root\""),
    "service.json": allow(
      "\"AWS\": \"arn:aws:iam::123456789012:root\", \"Service\": \"kinesis.amazonaws.com\""),
    "auditors.json": allow("\"AWS\": \"arn:aws:iam::123456789012:user/auditor\""),
    "streams.json": "{\"Effect\": \"Allow\", \"Action\": \"kinesis:*\", \"Resource\": \"*\"}",
    "all.json": "{\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\"}",
    "deny.json":
      "{\"Effect\": \"Deny\", \"Action\": [\"kms:Decrypt\", \"kms:Gen*\", \"kinesis:*Stream*\", \"s3:Get*\"], \"Resource\": \"*\"}",
    "guard.json":
      "{\"Effect\": \"Deny\", \"Action\": [\"kms:List*\", \"kinesis:DeleteStream\"], \"Resource\": \"*\"}",
    "closed.json":
      "{\"Effect\": \"Deny\", \"Sid\": \"No\", \"Principal\": \"*\", \"Action\": [\"kms:Encrypt\", \"kms:GenerateDataKey\"], \"Resource\": \"*\", \"Condition\": {\"ArnNotEquals\": {\"aws:PrincipalArn\": \"arn:aws:iam::123456789012:user/admin\"}}}, "
      + allow("\"AWS\": \"arn:aws:iam::123456789012:root\""),
    "spared.json":
      "{\"Effect\": \"Deny\", \"Sid\": \"AllBut\", \"NotPrincipal\": {\"AWS\": [\"arn:aws:iam::123456789012:user/admin\", \"arn:aws:iam::123456789012:root\"]}, \"Action\": [\"kms:Encrypt\", \"kms:Gen*\"], \"Resource\": \"*\"}, "
      + allow("\"AWS\": \"arn:aws:iam::123456789012:root\""),
    "bucket.json":
      "{\"Sid\": \"No\", \"Effect\": \"Deny\", \"Principal\": \"*\", \"Action\": [\"s3:GetBucketPolicy\", \"s3:List*\"], \"Resource\": \"arn:aws:s3:::\(bucket)\"}",
    "shared.json":
      "{\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"arn:aws:iam::444455556666:root\"}, \"Action\": [\"kinesis:DescribeStreamSummary\", \"kinesis:GetShardIterator\"], \"Resource\": \"\(streams)/my-existing-stream\"}",
  ]

  private static func allow(_ principal: String) -> String {
    "{\"Effect\": \"Allow\", \"Principal\": {\(principal)}, \"Action\": \"kms:*\", \"Resource\": \"*\"}"
  }

  private static func start() -> Workbook {
    var start = Workbook()
    start.explain = .off
    for (name, statements) in files.sorted(by: { $0.key < $1.key }) {
      _ = start.feed(
        "cat > \(name) <<'E'\n{\"Version\": \"2012-10-17\", \"Statement\": [\(statements)]}\nE")
    }
    for line in [
      "aws iam create-policy --policy-name Edge --policy-document file://streams.json",
      "P=$(aws organizations create-policy --name Guard --description d --type SERVICE_CONTROL_POLICY --content file://guard.json --query Policy.PolicySummary.Id --output text)",
      "aws kinesis create-stream --stream-name my-secure-stream --shard-count 1 --key-id \(key)",
      "aws kinesis wait stream-exists --stream-name my-secure-stream",
    ] {
      let turn = start.feed(line)
      #expect(turn.status == 0, "\(line) \(turn.errors)")
    }
    return start
  }

  private struct Count {
    var fixed = 0
    var several = 0
    var lifted = 0
    var parts = 0
    var ofPartner = 0
    var ofBuckets = 0
    var byOthers = 0
    var cells = 0
    var obstacles: [String: Int] = [:]
  }

  /// The fix lets the call through, none of its lines can be left out, and no other answer changes than
  /// it said. Where it gives up, it is for one of few reasons, and the reason is so.
  @Test func aFixIsEnoughNeededAndHonest() throws {
    var chance = Chance()
    let start = Self.start()
    var count = Count()
    for round in 0..<3000 where count.fixed < 500 {
      var workbook = start
      for _ in 0..<chance.draw(4) { _ = workbook.feed(chance.one(of: Self.upsets)) }
      // Every fifth time both the role and the key lack something.
      let isTwofold = round % 5 == 0
      if (1...3).contains(round % 5) { _ = workbook.feed(chance.one(of: Self.denials)) }
      if isTwofold { for upset in [Self.upsets[2], Self.upsets[4]] { _ = workbook.feed(upset) } }
      let profile =
        isTwofold ? "producer" : chance.one(of: ["producer", "consumer", "auditor", "partner"])
      let attempt =
        isTwofold
        ? Self.attempts[0] : chance.one(of: profile == "partner" ? Self.partners : Self.attempts)
      let turn = workbook.feed("\(attempt) --profile \(profile)")
      // What works, and what fails for another reason than permission, is nothing to mend.
      guard turn.status != 0, workbook.desk.lastFailure?.error?.error.decision != nil else {
        continue
      }
      let fix = try #require(AccessFix(in: workbook), "\(attempt)")
      if let obstacle = fix.obstacle {
        let kind = Self.kind(of: obstacle)
        count.obstacles[kind ?? obstacle, default: 0] += 1
        #expect(
          kind != nil && Self.isTrue(obstacle, fix, workbook),
          "\(attempt) by \(profile) gives up: \(obstacle)")
        continue
      }
      count.fixed += 1
      if fix.edits.count > 1 { count.several += 1 }
      if fix.edits.contains(where: \.liftsDeny) { count.lifted += 1 }
      if profile == "partner" { count.ofPartner += 1 }
      if attempt.hasPrefix("aws s3api") { count.ofBuckets += 1 }
      if fix.reasons.contains(where: { $0.contains(" may make that change") }) {
        count.byOthers += 1
      }
      count.parts += fix.edits.count
      try check(fix, of: profile, in: workbook, &chance, &count)
    }
    let given = count.obstacles.values.reduce(0, +)
    print(
      "\(count.fixed) refused calls mended with \(count.parts) changes: \(count.several) by several, "
        + "\(count.lifted) against a Deny, \(count.ofPartner) of the partner, \(count.ofBuckets) of "
        + "buckets, \(count.byOthers) not by the administrator; \(count.cells) answers looked at "
        + "besides; \(given) given up: \(count.obstacles.sorted { $0.key < $1.key })")
    #expect(count.fixed == 500)
    #expect(count.several > 25 && count.lifted > 60)
    #expect(count.ofPartner > 40 && count.ofBuckets > 40 && count.byOthers > 3)
    #expect(given < count.fixed / 10)
  }

  private func check(
    _ fix: AccessFix, of profile: String, in workbook: Workbook, _ chance: inout Chance,
    _ count: inout Count
  ) throws {
    let event = try #require(
      workbook.desk.cloud.journal.suffix(from: 0).last { event in
        if case .accessDenied? = event.error?.error { return true }
        return false
      })
    func isAllowed(_ commands: [String]) -> Bool {
      var copy = workbook
      for command in commands { _ = copy.feed(command) }
      return copy.desk.cloud.judgeAgain(fix.decision, on: event.subject, event.call).verdict
        == .allowed
    }
    for index in fix.edits.indices {
      #expect(
        !isAllowed(fix.commands(leavingOut: index)), "\(fix.edits[index].reason) was not needed")
    }
    let before = AccessMatrix(of: workbook.desk.cloud, besides: profile)
    var after = workbook
    for command in fix.commands {
      let turn = after.feed(command)
      #expect(turn.status == 0, "\(command) \(turn.errors)")
    }
    #expect(
      after.desk.cloud.judgeAgain(fix.decision, on: event.subject, event.call).verdict == .allowed)
    let changes = AccessMatrix(of: after.desk.cloud, besides: profile).changes(since: before)
    #expect(changes.map(\.cell) == fix.changes.map(\.cell))
    // A Deny that is taken back may have forbidden others, too; that is told with the rest.
    let lifts = fix.edits.contains(where: \.liftsDeny)
    #expect(changes.allSatisfy { $0.isAllowed && (lifts || $0.cell.principal == profile) })
    // Answers of the door, one by one, without the table.
    let questions = DoorQuestion.all(workbook.desk.world)
    for _ in 0..<40 {
      let question = chance.one(of: questions)
      guard let was = question.answer(in: workbook.desk.cloud),
        let isNow = question.answer(in: after.desk.cloud)
      else { continue }
      count.cells += 1
      let isTold = fix.changes.contains {
        $0.cell.principal == question.profile && $0.cell.action == question.action
          && $0.cell.resource == question.label && $0.isAllowed == isNow
      }
      #expect(was == isNow || isTold, "\(question) was \(was) and is not told")
    }
  }

  // MARK: Giving up

  private static let kinds = [
    "whoever might have to change", "to another account", "a key that AWS manages",
  ]

  private static func kind(of obstacle: String) -> String? { kinds.first { obstacle.contains($0) } }

  /// Whether what a fix says of why there is none is so.
  private static func isTrue(_ obstacle: String, _ fix: AccessFix, _ workbook: Workbook) -> Bool {
    let cloud = workbook.desk.cloud
    guard let event = workbook.desk.lastFailure else { return false }
    let action = fix.decision.question.action
    switch kind(of: obstacle) {
    case "to another account":
      guard let id = OperationID(rawValue: action.description) else { return false }
      return cloud.world.isOfAnotherAccount(event.subject, event.call)
        && !(Kinesis.sharedActions.contains(id) || KMS.worksAcrossAccounts.contains(id))
    case "a key that AWS manages":
      if case .key(let slot) = event.subject { return cloud.world.keys[slot].manager == .aws }
      return false
    default:
      // Nobody of the account may change the policy of the key.
      guard case .key = event.subject else { return false }
      return StartNames.profiles.allSatisfy { profile in
        guard let session = cloud.world.identities.session(ofProfile: profile) else { return true }
        return !cloud.judge(
          "kms:PutKeyPolicy", on: event.subject, Call(session: session, region: .usEast1)
        ).isAllowed
      }
    }
  }
}

extension Decision {
  fileprivate var isAllowed: Bool { verdict == .allowed }
}

/// One question to the door itself, as somebody's call would put it.
struct DoorQuestion {
  var profile: String
  var action: String
  var subject: Subject
  /// As the table of answers calls the resource.
  var label: String

  func answer(in cloud: Cloud) -> Bool? {
    cloud.world.identities.session(ofProfile: profile).map { session in
      let call = Call(session: session, region: .usEast1)
      return cloud.prepared(ActionName(action), on: subject, call).ruling().isAllowed
    }
  }

  /// Some actions on everything that there is, for everybody of both accounts.
  static func all(_ world: World) -> [DoorQuestion] {
    var found: [(actions: [String], subject: Subject, label: String)] = [
      (["kms:ListKeys", "kms:CreateKey", "kinesis:ListStreams"], .none, "*")
    ]
    for slot in world.keys.slots(in: .usEast1) {
      found.append((ofKeys, .key(slot), "key/\(world.keys[slot].id)"))
    }
    for slot in world.streams.slots(in: .usEast1) {
      found.append((ofStreams, .stream(slot), "stream/\(world.streams[slot].name)"))
    }
    let bucket = StartNames.trailBucket
    found.append(
      (
        ["s3:ListBucket", "s3:GetBucketPolicy", "s3:DeleteBucket", "s3:PutBucketPolicy"],
        .named(S3.arn(bucket)), "bucket/\(bucket)"
      ))
    for role in world.identities.holders(.role) {
      found.append(
        (
          ["sts:AssumeRole", "iam:GetRole", "iam:PutRolePolicy"], .named(role.arn),
          role.arn.resource
        ))
    }
    return (StartNames.profiles + StartNames.partnerProfiles).flatMap { profile in
      found.flatMap { actions, subject, label in
        actions.map {
          DoorQuestion(profile: profile, action: $0, subject: subject, label: label)
        }
      }
    }
  }

  private static let ofKeys = [
    "kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey", "kms:PutKeyPolicy",
    "kms:ScheduleKeyDeletion", "kms:CreateGrant",
  ]
  private static let ofStreams = [
    "kinesis:PutRecord", "kinesis:GetRecords", "kinesis:DescribeStreamSummary",
    "kinesis:DeleteStream", "kinesis:GetShardIterator", "kinesis:PutResourcePolicy",
  ]
}
