import Cloud
import Policies
import Values

/// Faults in the key's policy, and in grants.
extension DrillFault {
  private static func inKeyPolicy(
    _ id: String, _ title: String, _ policy: @escaping @Sendable (DrillScene) -> String,
    isPresent: @escaping @Sendable (DrillDesk) -> Bool, look: String, moral: String
  ) -> DrillFault {
    DrillFault(
      id: id, title: title, complaint: .writing, part: "key-policy",
      cause: { [$0.put(keyPolicy: policy($0)), "wait 6m"] },
      isPresent: isPresent,
      repair: { [$0.put(keyPolicy: $0.keyPolicy())] },
      hints: { scene in
        [
          "Run the put yourself as producer, then `why`. The role's policy says yes to both calls; "
            + "what does the key say?",
          "`aws kms get-key-policy --key-id \(scene.alias) --query Policy --output text` does not "
            + "take an alias: use the key's id. \(look)",
          "Put a key policy that delegates to the account and forbids nobody: "
            + "`aws kms put-key-policy`.",
        ]
      }, moral: moral)
  }

  static let keyPolicyFaults: [DrillFault] = [
    inKeyPolicy(
      "missing-delegation", "the key's policy no longer leaves anything to IAM",
      { $0.keyPolicy(delegating: false) },
      isPresent: { desk in
        !desk.keyStatements.isEmpty
          && !desk.keyStatements.contains { statement in
            statement.allows
              && statement.principal?.entries.contains { $0.text.hasSuffix(":root") } ?? false
          }
      },
      look: "Whom does it name? Is the account itself (its root) among them?",
      moral: "Without the statement for the account's root no IAM policy counts for the key."),
    inKeyPolicy(
      "denied-by-key", "a statement of the key's policy forbids the writer",
      { scene in
        scene.keyPolicy(more: [
          DrillScene.statement(
            sid: "Retired writers", effect: "Deny", actions: ["kms:GenerateDataKey"], resource: "*",
            principal: "arn:aws:iam::\(scene.account):role/\(DrillScene.writerRole)")
        ])
      },
      isPresent: { desk in
        desk.keyStatements.contains { statement in
          statement.denies
            && statement.principal?.entries.contains { $0.text.hasSuffix(DrillScene.writerRole) }
              ?? false
        }
      },
      look: "Is one of its statements a Deny?",
      moral: "A Deny in the key's policy beats every Allow, in the role too."),
    inKeyPolicy(
      "direct-use-only", "the key's policy forbids its use through services",
      { scene in
        scene.keyPolicy(more: [
          DrillScene.statement(
            sid: "Direct use only", effect: "Deny", actions: ["kms:GenerateDataKey"],
            resource: "*", principal: "*",
            condition: "{ \"Null\": { \"kms:ViaService\": \"false\" } }")
        ])
      },
      isPresent: { desk in
        desk.keyStatements.contains { $0.denies && $0.asks(forKey: "kms:ViaService") }
      },
      look: "Read the condition: when does kms:ViaService exist?",
      moral: "Kinesis calls KMS with the writer's credentials, and the request says that it came "
        + "through Kinesis."),
    DrillFault(
      id: "grant-retired", title: "the grant that let the reader use the key is gone",
      complaint: .reading, part: "reader-policy",
      prepare: { scene in
        [
          scene.put(
            role: DrillScene.readerRole, "ConsumerAccess",
            DrillScene.policy([
              DrillScene.statement(
                actions: ["kinesis:GetShardIterator", "kinesis:GetRecords", "kinesis:ListShards"],
                resource: scene.streamARN)
            ])),
          grant(scene),
        ]
      },
      cause: { scene in
        [
          "aws kms revoke-grant --key-id \(scene.keyID) --grant-id $(aws kms list-grants "
            + "--key-id \(scene.keyID) --query 'Grants[0].GrantId' --output text)", "wait 6m",
        ]
      },
      isPresent: { desk in
        !desk.reader.contains { $0.allows && $0.names(action: "kms:Decrypt") }
          && !desk.world.keys.grants.contains { $0.key == desk.keySlot }
          && !desk.reader.contains { $0.names(action: "kms:Encrypt") }
          && !desk.reader.isEmpty
      },
      repair: { [grant($0)] },
      hints: { scene in
        [
          "Read the stream yourself as consumer, then `why`. Neither the role nor the key's policy "
            + "speaks of kms:Decrypt for it. Did they ever?",
          "`trail` or `aws cloudtrail lookup-events` tells what was done to the key this morning. "
            + "`aws kms list-grants` shows what is left.",
          "Give the consumer's role a grant with the operation Decrypt, or kms:Decrypt in its policy.",
        ]
      },
      moral: "A grant is a permission that stands in no policy: its end shows in none."),
    DrillFault(
      id: "grant-constraint", title: "the grant's constraint wants another encryption context",
      complaint: .reading, part: "reader-policy",
      prepare: { scene in
        [
          scene.put(
            role: DrillScene.readerRole, "ConsumerAccess",
            DrillScene.policy([
              DrillScene.statement(
                actions: ["kinesis:GetShardIterator", "kinesis:GetRecords", "kinesis:ListShards"],
                resource: scene.streamARN)
            ])),
          grant(scene),
        ]
      },
      cause: { scene in
        [
          "aws kms revoke-grant --key-id \(scene.keyID) --grant-id $(aws kms list-grants "
            + "--key-id \(scene.keyID) --query 'Grants[0].GrantId' --output text)",
          grant(scene)
            + " --constraints 'EncryptionContextSubset={aws:kinesis:arn=\(scene.otherStreamARN)}'",
          "wait 6m",
        ]
      },
      isPresent: { desk in
        desk.world.keys.grants.contains { $0.key == desk.keySlot && $0.constraint != nil }
          && !desk.world.keys.grants.contains { $0.key == desk.keySlot && $0.constraint == nil }
      },
      repair: { [grant($0)] },
      hints: { scene in
        [
          "Read the stream yourself as consumer, then `why`. There is a grant; why does it not help?",
          "`aws kms list-grants --key-id \(scene.keyID)` shows its Constraints. What does Kinesis "
            + "send as encryption context?",
          "Make a grant whose constraint names \(scene.streamARN), or one without a constraint.",
        ]
      },
      moral: "A constraint binds a grant to one encryption context: the right one has to be meant."),
  ]

  private static func grant(_ scene: DrillScene) -> String {
    "aws kms create-grant --key-id \(scene.keyID) --operations Decrypt --grantee-principal "
      + "arn:aws:iam::\(scene.account):role/\(DrillScene.readerRole)"
  }
}
