import Cloud
import Values

/// Faults that show when programs run: quotas that are shared, shards that are badly cut; and trails
/// that do not have what somebody looks for.
extension DrillFault {
  static let programFaults: [DrillFault] = [
    DrillFault(
      id: "producer-does-not-cache", title: "the producers' program asks for a data key each time",
      complaint: .other, part: "programs", prepare: twoPrograms,
      cause: { ["programs set \($0.ownProgram) --cache none"] },
      story: losses,
      symptom: { ["programs run 2s \($0.ownProgram) \($0.otherProgram)"] },
      isPresent: { desk in !caches(desk.scene.ownProgram, desk) },
      repair: { ["programs set \($0.ownProgram) --cache max-age=60s,max-messages=10"] },
      hints: { scene in
        [
          "`programs` shows what runs, `programs run 2s` lets it. Which code do the refusals have, and "
            + "whose limit is that?",
          "The quota of KMS is one for the whole account. The column of data keys says who uses it up: "
            + "for how many records is one data key?",
          "A client that seals for itself may keep a data key for a while: the option --cache of "
            + "`programs set \(scene.ownProgram)`, with an age and a number.",
        ]
      },
      moral: "Without a cache a client asks KMS as often as it writes."),
    DrillFault(
      id: "throttled-by-neighbour", title: "another team's program uses up the quota of KMS",
      complaint: .other, part: "programs", prepare: twoPrograms,
      cause: { ["programs set \($0.otherProgram) --cache none"] },
      story: losses,
      symptom: { ["programs run 2s \($0.ownProgram) \($0.otherProgram)"] },
      isPresent: { desk in !caches(desk.scene.otherProgram, desk) },
      repair: { ["programs set \($0.otherProgram) --cache max-age=60s"] },
      hints: { scene in
        [
          "`programs` shows what runs, `programs run 2s` lets it. Which code do the refusals have, and "
            + "whose limit is that?",
          "\(scene.ownProgram) asks for few data keys and is refused all the same. The quota is one for "
            + "the whole account: who else asks, and how often?",
          "Both must go on running. The option --cache of `programs set \(scene.otherProgram)` lets it "
            + "keep its data keys.",
        ]
      },
      moral:
        "Quotas of KMS belong to the account and Region: who is refused need not be who is greedy."),
    DrillFault(
      id: "hot-shard", title: "one shard has nearly all of the hash keys", complaint: .other,
      part: "shards",
      prepare: { scene in
        [
          scene.split("shardId-000000000000", at: half), scene.settled,
          "programs set \(scene.ownProgram) --stream-name \(scene.stream) --rate 70/s "
            + "--record-size 20000 --keys random",
        ]
      },
      cause: { scene in
        [
          "aws kinesis merge-shards --stream-name \(scene.stream) --shard-to-merge "
            + "shardId-000000000001 --adjacent-shard-to-merge shardId-000000000002", scene.settled,
          scene.split("shardId-000000000003", at: "1000"), scene.settled,
        ]
      },
      story: { scene in
        "\"Since the stream was merged and split again, \(scene.ownProgram) loses records at its usual "
          + "rate of 1.4 MB a second. It has two shards, and two were always enough.\""
      },
      symptom: { ["programs run 1s \($0.ownProgram)"] },
      isPresent: { desk in
        guard let slot = desk.world.streams.slot(named: desk.scene.stream, in: .usEast1) else {
          return false
        }
        let stream = desk.world.streams[slot]
        return stream.open.count > 1
          && stream.open.contains { shard in
            let range = stream.shards[Int(shard)].range
            return range.upperBound - range.lowerBound > UInt128.max / 4 * 3
          }
      },
      repair: { [$0.split("shardId-000000000005", at: half), $0.settled] },
      hints: { scene in
        [
          "`programs run 1s` lets it run. Which code do the refusals have, and whose limit is that?",
          "A shard takes 1 MB a second, and a partition key goes to the shard whose hash keys it falls "
            + "among. `aws kinesis list-shards --stream-name \(scene.stream)` shows how they are cut.",
          "`aws kinesis split-shard` cuts the large one in the middle, which is "
            + "170141183460469231731687303715884105728.",
        ]
      },
      moral: "How many shards there are says little: what counts is what falls into each."),
    DrillFault(
      id: "trail-excludes-kms", title: "the trail leaves out the events of KMS", complaint: .other,
      part: "trail",
      cause: { scene in
        [
          "aws cloudtrail put-event-selectors --trail-name my-trail --event-selectors "
            + "'[{\"ReadWriteType\":\"All\",\"IncludeManagementEvents\":true,"
            + "\"ExcludeManagementEventSources\":[\"kms.amazonaws.com\"]}]'", scene.write,
          "wait 15m",
        ]
      },
      story: missing,
      goals: { _ in ["trail my-trail takes kms:GenerateDataKey"] },
      isPresent: { desk in
        trail(desk).map { $0.isLogging && !$0.selection.takes("kms:GenerateDataKey") } ?? false
      },
      repair: { _ in
        [
          "aws cloudtrail put-event-selectors --trail-name my-trail --event-selectors "
            + "'[{\"ReadWriteType\":\"All\",\"IncludeManagementEvents\":true}]'"
        ]
      },
      hints: { _ in
        [
          "Is the event nowhere, or only not there? `where-is GenerateDataKey` says which trail has "
            + "it, and why one has it not.",
          "`aws cloudtrail get-event-selectors --trail-name my-trail` shows what it is set to take, and "
            + "what not.",
          "`aws cloudtrail put-event-selectors` sets that anew, as a whole: management events, of "
            + "all sources.",
        ]
      },
      moral: "Leaving out KMS saves money on a busy trail, and the audit of every key with it."),
    DrillFault(
      id: "trail-stopped", title: "the trail does not log", complaint: .other, part: "trail",
      cause: { scene in
        ["aws cloudtrail stop-logging --name my-trail", scene.write, "wait 15m"]
      },
      story: missing,
      goals: { _ in ["trail my-trail takes kms:GenerateDataKey"] },
      isPresent: { desk in trail(desk).map { !$0.isLogging } ?? false },
      repair: { _ in ["aws cloudtrail start-logging --name my-trail"] },
      hints: { _ in
        [
          "Is the event nowhere, or only not there? `where-is GenerateDataKey` says which trail has "
            + "it, and why one has it not.",
          "`aws cloudtrail get-trail-status --name my-trail` shows since when, and `trail` who did it.",
          "`aws cloudtrail start-logging` lets it go on. What happened meanwhile only event history "
            + "has.",
        ]
      },
      moral:
        "Whoever wants to go unseen stops the trail first: that call is in it, as the last one."),
  ]

  /// The middle of all hash keys.
  private static let half = "170141183460469231731687303715884105728"

  /// The producers' program and another team's, each with a cache, under a small quota.
  private static func twoPrograms(_ scene: DrillScene) -> [String] {
    let user = "\(scene.otherProgram)-user"
    return [
      "meter limit 50", "aws iam create-user --user-name \(user)",
      "aws iam put-user-policy --user-name \(user) --policy-name Import --policy-document '"
        + DrillScene.policy([
          DrillScene.statement(actions: ["kinesis:PutRecord"], resource: scene.otherStreamARN),
          DrillScene.statement(actions: ["kms:GenerateDataKey"], resource: scene.otherKeyARN),
        ]) + "'",
      "aws configure set aws_access_key_id $(aws iam create-access-key --user-name \(user) "
        + "--query AccessKey.AccessKeyId --output text) --profile \(scene.otherProgram)",
      "programs set \(scene.ownProgram) --stream-name \(scene.stream) --rate 60/s --record-size 64 "
        + "--encrypt client --key-id \(scene.keyARN) --cache max-age=60s,max-messages=10",
      "programs set \(scene.otherProgram) --stream-name \(scene.otherStream) --rate 60/s "
        + "--record-size 64 --encrypt client --key-id \(scene.otherKeyARN) --cache max-age=60s "
        + "--writer \(scene.otherProgram)",
    ]
  }

  private static func losses(_ scene: DrillScene) -> String {
    "\"Since this morning \(scene.ownProgram) loses records that it writes into \(scene.stream). It "
      + "seals each by itself before Kinesis does, and its rights are as they were.\" "
      + "(The account is a small one: KMS takes 50 requests a second.)"
  }

  private static func missing(_ scene: DrillScene) -> String {
    "The auditor writes: \"I look for who used the key of \(scene.stream) this morning. The log files "
      + "of my-trail do not have a single GenerateDataKey since then.\""
  }

  private static func caches(_ name: String, _ desk: DrillDesk) -> Bool {
    // A drill without that program has nothing to say of it.
    guard let program = desk.desk.programs.first(where: { $0.name == name }),
      program.value(of: "--encrypt") == "client"
    else { return true }
    return program.value(of: "--cache").map { $0 != "none" } ?? false
  }

  private static func trail(_ desk: DrillDesk) -> CloudTrail.Trail? {
    desk.world.trails.all.map(\.trail).first { $0.name == "my-trail" }
  }
}

extension DrillScene {
  /// `payments-writer`
  var ownProgram: String { "\(stream)-writer" }
  var otherProgram: String { "\(otherStream)-import" }

  var settled: String { "aws kinesis wait stream-exists --stream-name \(stream)" }

  func split(_ shard: String, at hashKey: String) -> String {
    "aws kinesis split-shard --stream-name \(stream) --shard-to-split \(shard) "
      + "--new-starting-hash-key \(hashKey)"
  }
}
