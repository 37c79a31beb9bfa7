import Cloud
import Policies
import Values

/// Faults of the key itself, its alias, and of the stream's setting.
extension DrillFault {
  static let keyFaults: [DrillFault] = [
    DrillFault(
      id: "key-disabled", title: "the stream's key is disabled", complaint: .writing,
      part: "key-state",
      cause: { ["aws kms disable-key --key-id \($0.keyID)", "wait 6m"] },
      isPresent: { desk in
        desk.keySlot.map { desk.world.keys[$0].state == .disabled && !wasScheduled(desk) } ?? false
      },
      repair: { ["aws kms enable-key --key-id \($0.keyID)"] },
      hints: { scene in
        [
          "Run the put yourself as producer and read the code of the refusal. Is it about rights?",
          "`keys` shows every key's state; so does `aws kms describe-key --key-id \(scene.alias)`.",
          "`aws kms enable-key` takes the key's id.",
        ]
      },
      moral: "A disabled key stops a stream some minutes later: data keys in use go on until they "
        + "are due."),
    DrillFault(
      id: "key-pending-deletion", title: "the stream's key waits for its deletion",
      complaint: .writing, part: "key-state",
      cause: {
        [
          "aws kms schedule-key-deletion --key-id \($0.keyID) --pending-window-in-days 7",
          "wait 6m",
        ]
      },
      isPresent: { desk in
        desk.keySlot.map { desk.world.keys[$0].state == .pendingDeletion } ?? false
      },
      repair: {
        [
          "aws kms cancel-key-deletion --key-id \($0.keyID)",
          "aws kms enable-key --key-id \($0.keyID)",
        ]
      },
      hints: { scene in
        [
          "Run the put yourself as producer and read the code of the refusal. Is it about rights?",
          "`keys` shows every key's state, and `timeline` what is going to happen to it, and when.",
          "`aws kms cancel-key-deletion` keeps the key. What state does it leave it in?",
        ]
      },
      moral: "Cancelling a deletion leaves the key disabled: enabling it is a second decision."),
    DrillFault(
      id: "alias-moved", title: "the alias was moved to another key", complaint: .writing,
      part: "alias",
      cause: { scene in
        [
          "aws kms update-alias --alias-name \(scene.alias) --target-key-id \(scene.otherKeyID)",
          "wait 6m",
        ]
      },
      isPresent: { desk in desk.aliasTarget != nil && desk.aliasTarget != desk.keySlot },
      repair: { scene in
        ["aws kms update-alias --alias-name \(scene.alias) --target-key-id \(scene.keyID)"]
      },
      hints: { scene in
        [
          "Run the put yourself as producer, then `why`: which key was asked for? Which one does "
            + "the producer's policy name?",
          "The stream is set to \(scene.alias). `aws kms list-aliases` shows what that stands for.",
          "`aws kms update-alias` moves it back. Rights on the other team's key would be no repair: they "
            + "are more than anybody had.",
        ]
      },
      moral: "A stream that is set to an alias follows the alias: moving it changes the key of all "
        + "that comes."),
    DrillFault(
      id: "alias-deleted", title: "the alias that the stream is set to is gone",
      complaint: .writing, part: "alias",
      cause: { ["aws kms delete-alias --alias-name \($0.alias)", "wait 6m"] },
      isPresent: { desk in desk.aliasTarget == nil },
      repair: {
        ["aws kms create-alias --alias-name \($0.alias) --target-key-id \($0.keyID)"]
      },
      hints: { scene in
        [
          "Run the put yourself as producer and read the code of the refusal: what was not found?",
          "`aws kinesis describe-stream-summary --stream-name \(scene.stream)` shows the stream's "
            + "KeyId. Does that exist? `aws kms list-aliases`",
          "The key is still there; its description says what it was for. "
            + "`aws kms create-alias` gives it its name again.",
        ]
      },
      moral: "Deleting an alias asks nobody who uses it."),
    DrillFault(
      id: "other-key-on-stream", title: "the stream is encrypted under another team's key",
      complaint: .writing, part: "stream-setting",
      cause: {
        [
          $0.encrypt(under: $0.otherAlias),
          "aws kinesis wait stream-exists --stream-name \($0.stream)", "wait 6m",
        ]
      },
      isPresent: { desk in setting(desk) == desk.scene.otherAlias },
      repair: {
        [
          $0.encrypt(under: $0.alias),
          "aws kinesis wait stream-exists --stream-name \($0.stream)",
        ]
      },
      hints: { scene in
        [
          "Run the put yourself as producer, then `why`: which key was asked for?",
          "`aws kinesis describe-stream-summary --stream-name \(scene.stream)` shows the stream's "
            + "KeyId. Is it the one that the producer's policy names?",
          "start-stream-encryption with \(scene.alias) sets it right; the stream takes a moment.",
        ]
      },
      moral: "Whoever may start encryption may choose the key, and with it who can write."),
    DrillFault(
      id: "encryption-stopped", title: "encryption was turned off", complaint: .other,
      part: "stream-setting",
      cause: { scene in
        [
          "aws kinesis stop-stream-encryption --stream-name \(scene.stream) --encryption-type KMS "
            + "--key-id \(scene.alias)",
          "aws kinesis wait stream-exists --stream-name \(scene.stream)", "wait 6m", scene.write,
        ]
      },
      story: { scene in
        "The auditor writes: \"I found records of \(scene.stream) on the disk that anybody can "
          + "read. That must not go on.\""
      },
      isPresent: { desk in setting(desk) == nil },
      repair: {
        [
          $0.encrypt(under: $0.alias),
          "aws kinesis wait stream-exists --stream-name \($0.stream)",
        ]
      },
      hints: { scene in
        [
          "`xray \(scene.stream)` shows what lies on the disk, record by record. What has changed?",
          "`aws kinesis describe-stream-summary --stream-name \(scene.stream)` has an "
            + "EncryptionType.",
          "start-stream-encryption with \(scene.alias) protects what comes from then on.",
        ]
      },
      moral:
        "Turning encryption on again does not reach back: what was stored in the clear stays so "
        + "until its retention ends."),
    DrillFault(
      id: "old-key-disabled", title: "the key of older records is disabled", complaint: .reading,
      part: "other-key",
      prepare: { scene in
        [
          scene.put(
            role: DrillScene.writerRole, "ProducerAccess",
            scene.writerPolicy(more: [
              DrillScene.statement(
                actions: ["kms:GenerateDataKey"], resource: scene.otherKeyARN)
            ])),
          scene.put(
            role: DrillScene.readerRole, "ConsumerAccess",
            scene.readerPolicy(more: [
              DrillScene.statement(actions: ["kms:Decrypt"], resource: scene.otherKeyARN)
            ])),
          scene.encrypt(under: scene.otherAlias),
          "aws kinesis wait stream-exists --stream-name \(scene.stream)", "wait 10s", scene.write,
          scene.encrypt(under: scene.alias),
          "aws kinesis wait stream-exists --stream-name \(scene.stream)", "wait 10s", scene.write,
        ]
      },
      cause: { ["aws kms disable-key --key-id \($0.otherKeyID)", "wait 6m"] },
      isPresent: { desk in
        desk.world.keys.slots(in: .usEast1).contains {
          desk.world.keys[$0].id == desk.scene.otherKeyID && desk.world.keys[$0].state == .disabled
        }
      },
      repair: { ["aws kms enable-key --key-id \($0.otherKeyID)"] },
      hints: { scene in
        [
          "Read the stream yourself as consumer and read the code of the refusal. Which key is it "
            + "about?",
          "`xray \(scene.stream)` shows which key each record's data key is wrapped under. Not all "
            + "are the same.",
          "Records keep the key that they were stored under. `keys` shows the state of each; one "
            + "wants `aws kms enable-key`.",
        ]
      },
      moral: "A stream's old key is needed for as long as its last record is kept. "
        + "`blast-radius` says what hangs on a key."),
    DrillFault(
      id: "stream-policy-denies", title: "the stream's own policy forbids the writer",
      complaint: .writing, part: "stream-policy",
      cause: { scene in
        [
          "aws kinesis put-resource-policy --resource-arn \(scene.streamARN) --policy '"
            + DrillScene.policy([
              DrillScene.statement(
                sid: "Maintenance", effect: "Deny", actions: ["kinesis:PutRecord"],
                resource: scene.streamARN,
                principal: "arn:aws:iam::\(scene.account):role/\(DrillScene.writerRole)")
            ]) + "'", "wait 6m",
        ]
      },
      isPresent: { desk in streamPolicy(desk).contains { $0.denies } },
      repair: { ["aws kinesis delete-resource-policy --resource-arn \($0.streamARN)"] },
      hints: { scene in
        [
          "Run the put yourself as producer, then `why`: which of the two calls was refused, and "
            + "by whose policy?",
          "`aws kinesis get-resource-policy --resource-arn \(scene.streamARN)` shows the stream's "
            + "own policy.",
          "delete-resource-policy takes it away; put-resource-policy puts a better one.",
        ]
      },
      moral: "A stream can have a policy of its own. Few look there."),
  ]

  private static func slot(_ desk: DrillDesk) -> Int32? {
    desk.world.streams.slot(named: desk.scene.stream, in: .usEast1)
  }

  /// What the stream is set to: the key as it was given; nothing when encryption is off.
  private static func setting(_ desk: DrillDesk) -> String? {
    slot(desk).flatMap { desk.world.streams[$0].protection.keyID }
  }

  private static func streamPolicy(_ desk: DrillDesk) -> [Statement] {
    slot(desk).flatMap { desk.world.streams[$0].resourcePolicy?.document.statements } ?? []
  }

  /// Whether a deletion of the key was called off, which leaves it disabled too.
  private static func wasScheduled(_ desk: DrillDesk) -> Bool {
    desk.desk.cloud.journal.contains { $0.operation == .scheduleKeyDeletion }
  }
}
