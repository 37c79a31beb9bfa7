import Cloud
import Commands
import Policies
import Values

/// Faults in who calls, and from where.
extension DrillFault {
  static let credentialFaults: [DrillFault] = [
    DrillFault(
      id: "session-policy", title: "a session policy leaves the session too little",
      complaint: .writing, part: "batch",
      prepare: { [assume($0)] },
      cause: { scene in
        [
          assume(
            scene,
            "--policy '\(DrillScene.policy([DrillScene.statement(actions: ["kinesis:*"], resource: "*")]))'"
          ), "wait 6m",
        ]
      },
      story: batchStory, symptom: { [$0.write, batchWrite($0)] },
      isPresent: { desk in batch(desk).map { !$0.policies.isEmpty } ?? false },
      repair: { [assume($0)] },
      hints: { scene in
        [
          "Put a record as the job does: `\(batchWrite(scene))`. Then `why`, and compare with the "
            + "same put as producer.",
          "Both are the same role. What did the job say when it took the role?",
          "Take the role again without --policy, or with one that has kms:GenerateDataKey too, and "
            + "put the new access key id into BATCH.",
        ]
      },
      moral: "A session can do what the role may and its session policy names: both, not either."),
    DrillFault(
      id: "expired-session", title: "the session's credentials have expired", complaint: .writing,
      part: "batch",
      prepare: { [assume($0)] },
      cause: { [assume($0, "--duration-seconds 900"), "wait 20m"] },
      story: batchStory, symptom: { [$0.write, batchWrite($0)] },
      isPresent: { desk in
        batch(desk)?.expires.map { $0 <= desk.world.now } ?? false
      },
      repair: { [assume($0)] },
      hints: { scene in
        [
          "Put a record as the job does: `\(batchWrite(scene))`. What does the refusal's code say?",
          "`clock` tells the time. How long do credentials of assume-role last? "
            + "`aws sts assume-role help`",
          "Take the role \(DrillScene.writerRole) again, and put the new access key id into BATCH.",
        ]
      },
      moral: "Temporary credentials end. A program that keeps them must fetch new ones in time."),
    DrillFault(
      id: "access-key-inactive", title: "an access key was switched off", complaint: .writing,
      part: "loader",
      prepare: { loader($0, inGroup: false) },
      cause: { _ in
        [
          "aws iam update-access-key --user-name loader --access-key-id $LOADER --status Inactive",
          "wait 6m",
        ]
      },
      story: loaderStory, symptom: { [$0.write, loaderWrite($0)] },
      isPresent: { desk in session(desk, "LOADER").map { $0.status == .inactive } ?? false },
      repair: { _ in
        ["aws iam update-access-key --user-name loader --access-key-id $LOADER --status Active"]
      },
      hints: { scene in
        [
          "Put a record as the loader does: `\(loaderWrite(scene))`. Is it about rights at all?",
          "`aws iam list-access-keys --user-name loader` shows what became of the key.",
          "`aws iam update-access-key` switches it on again; a new key in LOADER would do as well.",
        ]
      },
      moral: "Before anybody asks what you may do, you have to be somebody."),
    DrillFault(
      id: "left-the-group", title: "the user is no longer in the group that gave the rights",
      complaint: .writing, part: "loader",
      prepare: { loader($0, inGroup: true) },
      cause: { _ in
        [
          "aws iam remove-user-from-group --group-name loaders --user-name loader", "wait 6m",
        ]
      },
      story: loaderStory, symptom: { [$0.write, loaderWrite($0)] },
      isPresent: { desk in
        desk.world.identities.groups["loaders"] != nil
          && desk.world.identities.users["loader"].map { $0.groups.isEmpty } ?? false
      },
      repair: { _ in ["aws iam add-user-to-group --group-name loaders --user-name loader"] },
      hints: { scene in
        [
          "Put a record as the loader does: `\(loaderWrite(scene))`. Then `why`: which policies "
            + "were read?",
          "The user has no policy of its own, and never had. Which group has one? "
            + "`aws iam list-groups`, `aws iam get-group`",
          "`aws iam add-user-to-group` puts the user back.",
        ]
      },
      moral: "Rights that come from a group go with it, silently."),
    DrillFault(
      id: "trust-policy", title: "the role no longer trusts who wants to take it",
      complaint: .other, part: "trust",
      prepare: { scene in
        [
          "aws iam put-user-policy --user-name auditor --policy-name TakeProducer "
            + "--policy-document '"
            + DrillScene.policy([
              DrillScene.statement(
                actions: ["sts:AssumeRole"],
                resource: "arn:aws:iam::\(scene.account):role/\(DrillScene.writerRole)")
            ]) + "'"
        ]
      },
      cause: { _ in [trust("210987654321")] },
      story: { _ in
        "\"As auditor I used to take the producer's role to test with it. Now I am refused.\""
      },
      symptom: { scene in
        [
          "aws sts assume-role --role-arn arn:aws:iam::\(scene.account):role/"
            + "\(DrillScene.writerRole) --role-session-name test --profile auditor"
        ]
      },
      isPresent: { desk in
        desk.world.identities.roles[DrillScene.writerRole]?.trust?.text.contains("210987654321")
          ?? false
      },
      repair: { [trust($0.account)] },
      hints: { _ in
        [
          "Take the role as auditor yourself, then `why`. Two policies have a say; which is silent?",
          "`aws iam get-role --role-name \(DrillScene.writerRole)` shows whom the role trusts. "
            + "Count the digits.",
          "`aws iam update-assume-role-policy` takes the trust policy: the account that the auditor "
            + "is in belongs there.",
        ]
      },
      moral: "Taking a role needs both: a policy that allows it, and a role that trusts you."),
    DrillFault(
      id: "wrong-region", title: "the shell talks to another Region", complaint: .writing,
      part: "environment",
      cause: { ["export AWS_REGION=\($0.otherRegion)"] },
      isPresent: { desk in
        desk.desk.variables.exported("AWS_REGION").map { $0 != desk.scene.region } ?? false
      },
      repair: { ["export AWS_REGION=\($0.region)"] },
      hints: { scene in
        [
          "Run the put yourself as producer, then `why`. On which ARN was it asked? Compare it with the one "
            + "in the policy, part by part.",
          "The stream exists: `streams` shows it, and where. Which Region does your command ask?",
          "A variable chooses the Region for every command: AWS_REGION. It should be "
            + "\(scene.region).",
        ]
      },
      moral:
        "Read the Region in the ARN of a refusal before you mend a policy: \"not permitted\" and \"not "
        + "found\" often mean \"not here\"."),
  ]

  // MARK: The batch job: a session whose access key id is in BATCH

  private static func assume(_ scene: DrillScene, _ options: String = "") -> String {
    "BATCH=$(aws sts assume-role --role-arn arn:aws:iam::\(scene.account):role/"
      + "\(DrillScene.writerRole) --role-session-name batch --query Credentials.AccessKeyId "
      + "--output text\(options.isEmpty ? "" : " ")\(options))"
  }

  private static func batchWrite(_ scene: DrillScene) -> String {
    "AWS_ACCESS_KEY_ID=$BATCH "
      + scene.write.replacing(" --profile producer", with: "")
  }

  private static let batchStory: @Sendable (DrillScene) -> String = { scene in
    "\"The nightly job cannot put records into \(scene.stream); by day the producer can. The job's "
      + "access key id is in BATCH.\""
  }

  private static func session(_ desk: DrillDesk, _ variable: String) -> IAM.Session? {
    desk.desk.variables[variable].flatMap { key in
      desk.world.identities.sessions.first { $0.accessKeyID == key }
    }
  }

  private static func batch(_ desk: DrillDesk) -> IAM.Session? { session(desk, "BATCH") }

  // MARK: The loader: a user whose access key id is in LOADER

  private static func loader(_ scene: DrillScene, inGroup: Bool) -> [String] {
    let policy = scene.writerPolicy()
    let rights =
      inGroup
      ? [
        "aws iam create-group --group-name loaders",
        "aws iam put-group-policy --group-name loaders --policy-name Load "
          + "--policy-document '\(policy)'",
        "aws iam add-user-to-group --group-name loaders --user-name loader",
      ]
      : [
        "aws iam put-user-policy --user-name loader --policy-name Load "
          + "--policy-document '\(policy)'"
      ]
    return [
      "aws iam create-user --user-name loader",
      "LOADER=$(aws iam create-access-key --user-name loader --query AccessKey.AccessKeyId "
        + "--output text)",
    ] + rights
  }

  private static func loaderWrite(_ scene: DrillScene) -> String {
    "AWS_ACCESS_KEY_ID=$LOADER "
      + scene.write.replacing(" --profile producer", with: "")
  }

  private static let loaderStory: @Sendable (DrillScene) -> String = { scene in
    "\"The loader cannot put records into \(scene.stream) any more. Its access key id is in "
      + "LOADER.\""
  }

  private static func trust(_ account: String) -> String {
    "aws iam update-assume-role-policy --role-name \(DrillScene.writerRole) --policy-document '"
      + """
      {
        "Version": "2012-10-17",
        "Statement": [
          {
            "Effect": "Allow",
            "Principal": { "AWS": "arn:aws:iam::\(account):root" },
            "Action": "sts:AssumeRole"
          }
        ]
      }'
      """
  }
}
