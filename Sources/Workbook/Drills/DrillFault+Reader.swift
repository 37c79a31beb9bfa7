import Cloud
import Policies
import Values

/// Faults in the letters of the consumer's own policy.
extension DrillFault {
  private static func inPolicy(
    _ id: String, _ title: String, _ policy: @escaping @Sendable (DrillScene) -> String,
    isPresent: @escaping @Sendable (DrillDesk) -> Bool, look: String, moral: String
  ) -> DrillFault {
    DrillFault(
      id: id, title: title, complaint: .reading, part: "reader-policy",
      cause: { [$0.put(role: DrillScene.readerRole, "ConsumerAccess", policy($0)), "wait 6m"] },
      isPresent: isPresent,
      repair: { [$0.put(role: DrillScene.readerRole, "ConsumerAccess", $0.readerPolicy())] },
      hints: { scene in
        [
          "Read the stream yourself as consumer: first an iterator, then records. Which of the "
            + "calls fails?",
          look,
          "The policy is ConsumerAccess of \(DrillScene.readerRole). Put it again, with that one "
            + "element as it should be; `fix` names the least that would do.",
        ]
      }, moral: moral)
  }

  static let readerFaults: [DrillFault] = [
    inPolicy(
      "missing-decrypt", "the reader's policy has Encrypt where Decrypt is needed",
      { $0.readerPolicy(keyActions: ["kms:Encrypt"]) },
      isPresent: { desk in
        desk.reader.contains { $0.names(action: "kms:Encrypt") }
          && !desk.reader.contains { $0.names(action: "kms:Decrypt") }
      },
      look:
        "Both stream calls are allowed. What does Kinesis need before it can hand out a record?",
      moral: "Reading opens the data key: kms:Decrypt, and nothing else of KMS."),
    inPolicy(
      "missing-iterator", "the reader's policy lacks the action for iterators",
      { $0.readerPolicy(actions: ["kinesis:GetRecords", "kinesis:ListShards"]) },
      isPresent: { desk in
        desk.reader.contains { $0.names(action: "kinesis:GetRecords") }
          && !desk.reader.contains { $0.names(action: "kinesis:GetShardIterator") }
      },
      look: "Nobody reads without an iterator, and handing it out is an action of its own.",
      moral: "Reading takes two calls, and a permission for each."),
    inPolicy(
      "wrong-case", "the stream's name in the reader's policy has the wrong case",
      { $0.readerPolicy(on: upper($0)) },
      isPresent: { desk in desk.reader.contains { $0.names(resource: upper(desk.scene)) } },
      look: "Compare the resource that was asked for with the one in the policy, letter by letter.",
      moral: "Actions are compared without case, resources with it."),
    inPolicy(
      "reader-other-key", "the reader's policy names another KMS key",
      { $0.readerPolicy(onKey: $0.otherKeyARN) },
      isPresent: { desk in
        desk.reader.contains {
          $0.names(action: "kms:Decrypt") && $0.names(resource: desk.scene.otherKeyARN)
        }
          && !desk.reader.contains {
            $0.names(action: "kms:Decrypt") && $0.names(resource: desk.scene.keyARN)
          }
      },
      look: "Both stream calls are allowed. Which key was asked for, and which key does the policy "
        + "name?",
      moral: "A reader needs the keys of the records, not the key of a plan."),
    DrillFault(
      id: "list-on-one-stream", title: "ListStreams is allowed on one stream only",
      complaint: .reading, part: "reader-policy",
      prepare: { [$0.put(role: DrillScene.readerRole, "ConsumerAccess", lister($0, on: "*"))] },
      cause: {
        [
          $0.put(role: DrillScene.readerRole, "ConsumerAccess", lister($0, on: $0.streamARN)),
          "wait 6m",
        ]
      },
      story: { _ in "\"Since this morning the consumer's dashboard cannot list the streams.\"" },
      symptom: { [$0.read, "aws kinesis list-streams --profile consumer"] },
      isPresent: { desk in
        desk.reader.contains {
          $0.names(action: "kinesis:ListStreams") && !$0.names(resource: "*")
        }
      },
      repair: { [$0.put(role: DrillScene.readerRole, "ConsumerAccess", lister($0, on: "*"))] },
      hints: { _ in
        [
          "List the streams yourself as consumer, then `why`. On what resource was it asked?",
          "Some actions speak of no single resource. What covers a question about none?",
          "Give kinesis:ListStreams a statement of its own in ConsumerAccess of "
            + "\(DrillScene.readerRole), with the resource that covers everything.",
        ]
      },
      moral:
        "Listing has no resource to name: only \"*\" covers it. The guide's own policy has this "
        + "slip."),
  ]

  private static func upper(_ scene: DrillScene) -> String {
    let first = scene.stream.prefix(1).uppercased()
    return scene.streamARN.replacing(scene.stream, with: first + scene.stream.dropFirst())
  }

  private static func lister(_ scene: DrillScene, on resource: String) -> String {
    scene.readerPolicy(more: [
      DrillScene.statement(actions: ["kinesis:ListStreams"], resource: resource)
    ])
  }
}
