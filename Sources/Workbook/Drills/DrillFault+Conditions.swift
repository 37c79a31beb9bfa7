import Cloud
import Policies
import Values

/// Faults in the conditions of the producer's own policy: the right action, on the right resource, at
/// the wrong time, from the wrong place or for the wrong purpose.
extension DrillFault {
  private static func condition(
    _ id: String, _ title: String, _ condition: @escaping @Sendable (DrillScene) -> String,
    right: @escaping @Sendable (DrillScene) -> String?,
    isPresent: @escaping @Sendable (DrillDesk) -> Bool, look: String, moral: String,
    prepare: @escaping @Sendable (DrillScene) -> [String] = { _ in [] }
  ) -> DrillFault {
    DrillFault(
      id: id, title: title, complaint: .writing, part: "writer-policy",
      prepare: { scene in
        prepare(scene) + [
          scene.put(
            role: DrillScene.writerRole, "ProducerAccess",
            scene.writerPolicy(condition: right(scene)))
        ]
      },
      cause: { scene in
        [
          scene.put(
            role: DrillScene.writerRole, "ProducerAccess",
            scene.writerPolicy(condition: condition(scene))), "wait 6m",
        ]
      },
      isPresent: isPresent,
      repair: { scene in
        [
          scene.put(
            role: DrillScene.writerRole, "ProducerAccess",
            scene.writerPolicy(condition: right(scene)))
        ]
      },
      hints: { scene in
        [
          "Run the put yourself as producer, then `why`. The action and the resource fit; what "
            + "does not?",
          look,
          "Put ProducerAccess of \(DrillScene.writerRole) again, "
            + (right(scene) == nil
              ? "without the condition." : "with a condition that the request meets."),
        ]
      }, moral: moral)
  }

  static let conditionFaults: [DrillFault] = [
    condition(
      "wrong-context", "a condition wants the encryption context of another stream",
      { scene in
        """
        { "StringEquals": { "kms:EncryptionContext:aws:kinesis:arn": "\(scene.otherStreamARN)" } }
        """
      },
      right: { scene in
        """
        { "StringEquals": { "kms:EncryptionContext:aws:kinesis:arn": "\(scene.streamARN)" } }
        """
      },
      isPresent: { desk in
        desk.writer.contains {
          $0.values(ofKey: "kms:EncryptionContext:aws:kinesis:arn") == [desk.scene.otherStreamARN]
        }
      },
      look: "Kinesis sends the stream's own ARN as encryption context. Which stream does the "
        + "condition name?",
      moral: "Binding a permission to the encryption context is good practice, for the right "
        + "stream."),
    condition(
      "wrong-via-service", "a condition wants the call to come through Kinesis in another Region",
      { scene in
        """
        { "StringEquals": { "kms:ViaService": "kinesis.\(scene.otherRegion).amazonaws.com" } }
        """
      },
      right: { scene in
        """
        { "StringEquals": { "kms:ViaService": "kinesis.\(scene.region).amazonaws.com" } }
        """
      },
      isPresent: { desk in
        desk.writer.contains {
          $0.values(ofKey: "kms:ViaService")
            == ["kinesis.\(desk.scene.otherRegion).amazonaws.com"]
        }
      },
      look: "`why` shows what the request had for kms:ViaService. Compare it with the condition.",
      moral: "kms:ViaService names the service and its Region."),
    condition(
      "expired-date", "a condition with a date that has passed",
      { _ in
        """
        { "DateLessThan": { "aws:CurrentTime": "2026-01-01T00:00:00Z" } }
        """
      }, right: { _ in nil },
      isPresent: { desk in desk.writer.contains { $0.asks(forKey: "aws:CurrentTime") } },
      look: "`clock` says what time it is in the lab.",
      moral: "A permission with an end is good until somebody forgets the end."),
    condition(
      "wrong-network", "a condition wants another network than the one that calls come from",
      { _ in
        """
        { "IpAddress": { "aws:SourceIp": "198.51.100.0/24" } }
        """
      }, right: { _ in nil },
      isPresent: { desk in
        desk.writer.contains { $0.values(ofKey: "aws:SourceIp") == ["198.51.100.0/24"] }
      },
      look: "Where does the call come from? `why` shows aws:SourceIp of the request.",
      moral:
        "Kinesis asks KMS as the caller, and the caller's address goes along: the condition was read "
        + "rightly, and the producer is not in that network."),
    condition(
      "missing-mfa", "a condition wants a second factor that a role's session does not have",
      { _ in
        """
        { "Bool": { "aws:MultiFactorAuthPresent": "true" } }
        """
      }, right: { _ in nil },
      isPresent: { desk in
        desk.writer.contains { $0.asks(forKey: "aws:MultiFactorAuthPresent") }
      },
      look: "A condition on a key that the request does not have does not hold. Which key is it?",
      moral: "People have a second factor; the sessions of programs do not."),
    condition(
      "wrong-tag", "a condition wants a tag that the key does not carry",
      { _ in
        """
        { "StringEquals": { "aws:ResourceTag/stage": "production" } }
        """
      },
      right: { _ in
        """
        { "StringEquals": { "aws:ResourceTag/stage": "prod" } }
        """
      },
      isPresent: { desk in
        desk.writer.contains { $0.values(ofKey: "aws:ResourceTag/stage") == ["production"] }
          && desk.keySlot.map { slot in
            !desk.world.keys[slot].tags.contains { $0.key == "stage" && $0.value == "production" }
          } ?? false
      },
      look: "`aws kms list-resource-tags --key-id` shows the key's tags. Compare them with the "
        + "condition, letter by letter.",
      moral: "Permissions by tags are as exact as the people who write the tags.",
      prepare: { scene in
        [
          "aws kms tag-resource --key-id \(scene.keyID) --tags TagKey=stage,TagValue=prod"
        ]
      }),
  ]
}
