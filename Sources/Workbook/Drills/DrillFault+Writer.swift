import Cloud
import Policies
import Values

/// Faults in the letters of the producer's own policy.
extension DrillFault {
  /// A fault of the producer's policy: another document in place of the right one.
  private static func inPolicy(
    _ id: String, _ title: String, _ policy: @escaping @Sendable (DrillScene) -> String,
    isPresent: @escaping @Sendable (DrillDesk) -> Bool, look: String, moral: String
  ) -> DrillFault {
    DrillFault(
      id: id, title: title, complaint: .writing, part: "writer-policy",
      cause: { [$0.put(role: DrillScene.writerRole, "ProducerAccess", policy($0)), "wait 6m"] },
      isPresent: isPresent,
      repair: { [$0.put(role: DrillScene.writerRole, "ProducerAccess", $0.writerPolicy())] },
      hints: { scene in
        [
          "Run the put yourself as producer, then `why`: which call was refused, and which gate "
            + "was silent?",
          look,
          "The policy is ProducerAccess of \(DrillScene.writerRole). Put it again, with that one "
            + "element as it should be; `fix` names the least that would do.",
        ]
      }, moral: moral)
  }

  static let writerFaults: [DrillFault] = [
    inPolicy(
      "wrong-service-prefix", "an action in the writer's policy has the wrong service prefix",
      { $0.writerPolicy(actions: ["kinesisstreams:PutRecord", "kinesisstreams:PutRecords"]) },
      isPresent: { desk in
        desk.writer.contains { $0.names(action: "kinesisstreams:PutRecord") }
          && !desk.writer.contains { $0.names(action: "kinesis:PutRecord") }
      },
      look: "Read the action that was asked for and the action that the policy names, letter by "
        + "letter, up to the colon.",
      moral: "IAM stores a policy whose actions exist nowhere. `lint-policy` finds them."),
    inPolicy(
      "misspelt-action", "an action in the writer's policy is misspelt",
      { $0.writerPolicy(actions: ["kinesis:PutRecordS", "kinesis:PutRecordBatch"]) },
      isPresent: { desk in desk.writer.contains { $0.names(action: "kinesis:PutRecordBatch") } },
      look: "Does the service have an operation of that name? `aws kinesis help` lists them.",
      moral: "PutRecordBatch is Firehose's name. Case does not matter in actions; spelling does."),
    inPolicy(
      "only-batches", "the writer may put batches but not single records",
      { $0.writerPolicy(actions: ["kinesis:PutRecords"]) },
      isPresent: { desk in
        desk.writer.contains { $0.names(action: "kinesis:PutRecords") }
          && !desk.writer.contains {
            $0.names(action: "kinesis:PutRecord") || $0.names(action: "kinesis:PutRecordBatch")
              || $0.names(action: "kinesis:*")
          }
      },
      look: "PutRecord and PutRecords are two actions. Which of them was asked for?",
      moral: "Allowing one operation says nothing of its sister."),
    inPolicy(
      "wrong-resource-part", "the stream's ARN lacks its resource type",
      { $0.writerPolicy(on: "arn:aws:kinesis:\($0.region):\($0.account):\($0.stream)") },
      isPresent: { desk in
        desk.writer.contains {
          $0.names(
            resource: "arn:aws:kinesis:\(desk.scene.region):\(desk.scene.account):"
              + desk.scene.stream)
        }
      },
      look: "Compare the resource that was asked for with the one in the policy, part by part "
        + "between the colons.",
      moral: "A stream's ARN ends in stream/NAME. A published example of AWS lacked the stream/."),
    inPolicy(
      "wrong-region-in-policy", "the writer's policy names the stream in another Region",
      { scene in
        scene.writerPolicy(
          on: scene.streamARN.replacing(":\(scene.region):", with: ":\(scene.otherRegion):"))
      },
      isPresent: { desk in
        desk.writer.contains { statement in
          statement.resources?.values.contains {
            ARN($0.text).map { $0.service == "kinesis" && $0.region == desk.scene.otherRegion }
              ?? false
          } ?? false
        }
      },
      look: "Compare the resource that was asked for with the one in the policy, part by part "
        + "between the colons.",
      moral: "The Region is a part of the ARN: a policy copied from another Region matches nothing."
    ),
    inPolicy(
      "wrong-account-in-policy", "the writer's policy names a stream of another account",
      { scene in
        scene.writerPolicy(on: scene.streamARN.replacing(scene.account, with: "210987654321"))
      },
      isPresent: { desk in
        desk.writer.contains {
          $0.resources?.values.contains { $0.text.contains(":210987654321:") } ?? false
        }
      },
      look: "Compare the resource that was asked for with the one in the policy, part by part "
        + "between the colons.",
      moral: "An account number transposed is read by nobody and matches nothing."),
    inPolicy(
      "other-stream-in-policy", "the writer's policy names another stream",
      { $0.writerPolicy(on: $0.otherStreamARN) },
      isPresent: { desk in desk.writer.contains { $0.names(resource: desk.scene.otherStreamARN) } },
      look: "Which stream does the policy mean? `streams` shows those that there are.",
      moral: "A policy copied from a neighbour keeps the neighbour's names."),
    inPolicy(
      "missing-data-key-action", "the writer's policy has Encrypt where GenerateDataKey is needed",
      { $0.writerPolicy(keyActions: ["kms:Encrypt"]) },
      isPresent: { desk in
        desk.writer.contains { $0.allows && $0.names(action: "kms:Encrypt") }
          && !desk.writer.contains { $0.names(action: "kms:GenerateDataKey") }
      },
      look: "The stream call was allowed; the call behind it was not. What does Kinesis ask KMS "
        + "for when a record arrives?",
      moral: "Nothing is encrypted by KMS itself: Kinesis asks it for a data key."),
    inPolicy(
      "other-key-in-policy", "the writer's policy names another KMS key",
      { $0.writerPolicy(onKey: $0.otherKeyARN) },
      isPresent: { desk in
        desk.writer.contains {
          $0.names(action: "kms:GenerateDataKey") && $0.names(resource: desk.scene.otherKeyARN)
        }
          && !desk.writer.contains {
            $0.names(action: "kms:GenerateDataKey") && $0.names(resource: desk.scene.keyARN)
          }
      },
      look: "The stream call was allowed; the call behind it was not. Which key was asked for, and "
        + "which key does the policy name? `keys` has their ids.",
      moral: "Key ids look alike. Compare the first block, then believe it."),
    inPolicy(
      "alias-as-resource", "the writer's policy names the key by its alias",
      { $0.writerPolicy(onKey: "arn:aws:kms:\($0.region):\($0.account):\($0.alias)") },
      isPresent: { desk in
        desk.writer.contains {
          $0.names(action: "kms:GenerateDataKey")
            && ($0.resources?.values.contains { $0.text.hasSuffix(":\(desk.scene.alias)") } ?? false)
        }
      },
      look: "The stream call was allowed; the call behind it was not. What kind of resource does "
        + "the policy name, and what kind was asked for?",
      moral:
        "An alias is a name, not the key. Key actions are judged on the key's ARN; who wants to "
        + "speak of aliases uses the condition keys kms:RequestAlias or kms:ResourceAliases."),
    DrillFault(
      id: "policy-detached", title: "the writer's role has lost its policy",
      complaint: .writing, part: "writer-policy",
      cause: { _ in
        [
          "aws iam delete-role-policy --role-name \(DrillScene.writerRole) "
            + "--policy-name ProducerAccess", "wait 6m",
        ]
      },
      isPresent: { desk in desk.writer.isEmpty },
      repair: { [$0.put(role: DrillScene.writerRole, "ProducerAccess", $0.writerPolicy())] },
      hints: { scene in
        [
          "Run the put yourself as producer, then `why`. Which policies were read?",
          "`aws iam list-role-policies --role-name \(DrillScene.writerRole)` and its sister "
            + "list-attached-role-policies list what the role carries.",
          "The role needs kinesis:PutRecord and kinesis:PutRecords on \(scene.stream), and "
            + "kms:GenerateDataKey on its key.",
        ]
      },
      moral: "No policy, no permission: the refusal names no statement because there is none."),
    DrillFault(
      id: "old-policy-version",
      title: "an old version of the writer's managed policy is the default",
      complaint: .writing, part: "writer-policy",
      prepare: { scene in
        [
          "aws iam create-policy --policy-name \(scene.stream)-writers --policy-document "
            + "'\(scene.writerPolicy(keyActions: ["kms:DescribeKey"]))'",
          "aws iam create-policy-version --policy-arn \(scene.writersARN) --set-as-default "
            + "--policy-document '\(scene.writerPolicy())'",
          "aws iam attach-role-policy --role-name \(DrillScene.writerRole) "
            + "--policy-arn \(scene.writersARN)",
          "aws iam delete-role-policy --role-name \(DrillScene.writerRole) "
            + "--policy-name ProducerAccess",
        ]
      },
      cause: { scene in
        [
          "aws iam set-default-policy-version --policy-arn \(scene.writersARN) --version-id v1",
          "wait 6m",
        ]
      },
      isPresent: { desk in
        desk.world.identities.managed[desk.scene.writersARN].map { $0.current == 1 } ?? false
      },
      repair: { scene in
        ["aws iam set-default-policy-version --policy-arn \(scene.writersARN) --version-id v2"]
      },
      hints: { scene in
        [
          "Run the put yourself as producer, then `why`. Which policy came nearest?",
          "A managed policy keeps up to five versions, and one of them speaks: "
            + "`aws iam list-policy-versions --policy-arn \(scene.writersARN)`.",
          "`aws iam set-default-policy-version` says which one. get-policy-version shows them first.",
        ]
      },
      moral: "A policy is what its default version says; the better one beside it is silent."),
  ]
}

extension DrillScene {
  /// The managed policy of drills that need one.
  var writersARN: String { "arn:aws:iam::\(account):policy/\(stream)-writers" }
}
