import Ciphers
import Policies
import Values

extension Cloud {
  /// When the lab's clock begins, unless a lesson says otherwise: 2026-01-05T09:00:00Z.
  package static let firstInstant = Instant(milliseconds: 1_767_603_600_000)

  /// The account as a learner finds it: what the guide's commands presuppose, and one set of
  /// credentials for each of the lab's profiles.
  package static func start(
    seed: UInt64 = 1, at instant: Instant = firstInstant, model: Model = .described
  ) -> Cloud {
    var world = World(seed: seed, now: instant, model: model)
    let existed = instant - .seconds(30 * 24 * 3600)
    world.now = existed
    world.addIdentities()
    world.addGuideKey()
    let slot = world.streams.add(
      Kinesis.Stream(
        name: "my-existing-stream", region: .usEast1, account: .home, requested: existed,
        shardCount: 1, protection: .none))
    world.now = existed + .seconds(3)
    world.streams.apply(.streamCreated(slot), at: world.now)
    world.addTrail()
    world.addPartner()
    world.now = instant
    return Cloud(world: world)
  }
}

/// Names of the start world, as the guide and the lessons write them.
package enum StartNames {
  package static let keyID = "12345678-1234-1234-1234-123456789012"
  package static let trail = "my-trail"
  package static let trailBucket = "my-cloudtrail-bucket"
  package static let admin = "admin"
  package static let profiles = [admin, "producer", "consumer", "auditor"]
  /// Of the partner's account.
  package static let partner = "partner"
  package static let partnerAdmin = "partner-admin"
  package static let partnerProfiles = [partnerAdmin, partner]
  package static let partnerRole = "partner-app-role"
}

extension World {
  /// The guide's bucket and the trail that its commands presuppose, which logs what a new one does.
  fileprivate mutating func addTrail() {
    var bucket = S3.Bucket(name: StartNames.trailBucket, region: .usEast1, created: now)
    bucket.policy = AttachedPolicy(
      kind: .resource, label: "bucket", arn: bucket.arn.description,
      document: document(trailBucketPolicy, as: .resource))
    buckets.add(bucket)
    buckets.begin()
    let start = CloudTrail.Cursor.start
    var trail = CloudTrail.Trail(
      name: StartNames.trail, home: .usEast1, account: account,
      settings: CloudTrail.Settings(bucket: StartNames.trailBucket), at: start)
    trail.isLogging = true
    trail.started = now
    trail.segments = [
      CloudTrail.Segment(
        from: start, at: now, isLogging: true, settings: trail.settings, selection: trail.selection)
    ]
    _ = trails.add(trail)
    trails.begin()
  }

  /// Source: CloudTrail User Guide, Amazon S3 bucket policy for CloudTrail.
  private var trailBucketPolicy: String {
    """
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Sid": "AWSCloudTrailAclCheck",
          "Effect": "Allow",
          "Principal": {
            "Service": "cloudtrail.amazonaws.com"
          },
          "Action": "s3:GetBucketAcl",
          "Resource": "arn:aws:s3:::\(StartNames.trailBucket)",
          "Condition": {
            "StringEquals": {
              "aws:SourceAccount": "\(account)"
            }
          }
        },
        {
          "Sid": "AWSCloudTrailWrite",
          "Effect": "Allow",
          "Principal": {
            "Service": "cloudtrail.amazonaws.com"
          },
          "Action": "s3:PutObject",
          "Resource": "arn:aws:s3:::\(StartNames.trailBucket)/AWSLogs/\(account)/*",
          "Condition": {
            "StringEquals": {
              "s3:x-amz-acl": "bucket-owner-full-control",
              "aws:SourceAccount": "\(account)"
            }
          }
        }
      ]
    }
    """
  }

  fileprivate mutating func addIdentities() {
    addManaged(
      "AdministratorAccess",
      """
      {
        "Version": "2012-10-17",
        "Statement": [
          {
            "Effect": "Allow",
            "Action": "*",
            "Resource": "*"
          }
        ]
      }
      """)
    addManaged(
      "LabReadOnly",
      """
      {
        "Version": "2012-10-17",
        "Statement": [
          {
            "Sid": "LookAtEverything",
            "Effect": "Allow",
            "Action": [
              "kinesis:Describe*", "kinesis:List*",
              "kms:Describe*", "kms:Get*", "kms:List*",
              "iam:Get*", "iam:List*"
            ],
            "Resource": "*"
          }
        ]
      }
      """)
    for policy in IAM.awsManaged { identities.add(policy) }
    addUser("admin", managed: "AdministratorAccess")
    addRole(
      "kinesis-producer-role", "Puts records into encrypted streams", session: "producer",
      policy: "ProducerAccess", producerPolicy)
    addRole(
      "kinesis-consumer-role", "Reads records from encrypted streams", session: "consumer",
      policy: "ConsumerAccess", consumerPolicy)
    addUser("auditor", managed: "LabReadOnly")
    addRole(
      "my-producer-role", "The role whose policy the guide tests in the simulator", session: nil,
      policy: "ProducerAccess", producerPolicy)
  }

  private var streamARN: String {
    "arn:aws:kinesis:us-east-1:\(account):stream/my-secure-stream"
  }

  private var keyARN: String { "arn:aws:kms:us-east-1:\(account):key/\(StartNames.keyID)" }

  /// The guide's policy for a producer.
  private var producerPolicy: String {
    """
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Effect": "Allow",
          "Action": [
            "kinesis:PutRecord",
            "kinesis:PutRecords"
          ],
          "Resource": "\(streamARN)"
        },
        {
          "Effect": "Allow",
          "Action": "kms:GenerateDataKey",
          "Resource": "\(keyARN)"
        }
      ]
    }
    """
  }

  /// The guide's policy for a consumer.
  private var consumerPolicy: String {
    """
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Effect": "Allow",
          "Action": [
            "kinesis:GetRecords",
            "kinesis:GetShardIterator",
            "kinesis:DescribeStream",
            "kinesis:ListShards",
            "kinesis:ListStreams"
          ],
          "Resource": "\(streamARN)"
        },
        {
          "Effect": "Allow",
          "Action": "kms:Decrypt",
          "Resource": "\(keyARN)"
        }
      ]
    }
    """
  }

  /// The guide's key: its two statements, one for the consumer beside them, and the delegation to
  /// the account, without which the key could not be administered.
  private var guideKeyPolicy: String {
    """
    {
      "Version": "2012-10-17",
      "Id": "key-of-the-guide",
      "Statement": [
        {
          "Sid": "Enable IAM User Permissions",
          "Effect": "Allow",
          "Principal": {
            "AWS": "arn:aws:iam::\(account):root"
          },
          "Action": "kms:*",
          "Resource": "*"
        },
        {
          "Sid": "Allow Kinesis producers to use the key",
          "Effect": "Allow",
          "Principal": {
            "AWS": "arn:aws:iam::\(account):role/kinesis-producer-role"
          },
          "Action": "kms:GenerateDataKey",
          "Resource": "*"
        },
        {
          "Sid": "Allow Kinesis consumers to use the key",
          "Effect": "Allow",
          "Principal": {
            "AWS": "arn:aws:iam::\(account):role/kinesis-consumer-role"
          },
          "Action": "kms:Decrypt",
          "Resource": "*"
        },
        {
          "Sid": "Allow Kinesis service to use the key",
          "Effect": "Allow",
          "Principal": {
            "Service": "kinesis.amazonaws.com"
          },
          "Action": [
            "kms:Decrypt",
            "kms:GenerateDataKey"
          ],
          "Resource": "*"
        }
      ]
    }
    """
  }

  private func trust(_ principal: String) -> PolicyDocument {
    document(
      """
      {
        "Version": "2012-10-17",
        "Statement": [
          {
            "Effect": "Allow",
            "Principal": {
              "AWS": "\(principal)"
            },
            "Action": "sts:AssumeRole"
          }
        ]
      }
      """, as: .trust)
  }

  private func document(_ text: String, as kind: DocumentKind) -> PolicyDocument {
    do {
      return try PolicyDocument(parsing: text, as: kind)
    } catch {
      preconditionFailure("a policy of the start world does not parse: \(error.detail)")
    }
  }

  private mutating func addManaged(_ name: String, _ text: String) {
    let arn =
      name == "AdministratorAccess"
      ? "arn:aws:iam::aws:policy/\(name)" : "arn:aws:iam::\(account):policy/\(name)"
    identities.add(
      IAM.ManagedPolicy(
        name: name, id: random.uniqueID(prefix: "ANPA", length: 17), arn: arn, created: now,
        description: "", document: document(text, as: .identity)))
  }

  private mutating func addUser(_ name: String, managed: String) {
    var user = IAM.Holder(
      .user, name: name, id: random.uniqueID(prefix: "AIDA", length: 17), account: account,
      created: now)
    user.attached = identities.managed.values.filter { $0.name == managed }.map(\.arn)
    identities.put(user, noting: "start")
    identities.add(
      IAM.Session(
        profile: name,
        principal: Principal(
          kind: .user, account: account, arn: user.arn.description, userName: name,
          uniqueID: user.id),
        accessKeyID: random.uniqueID(prefix: "AKIA", length: 16)))
  }

  /// A role with one inline policy, and a session of it where a profile stands for one.
  private mutating func addRole(
    _ name: String, _ description: String, session: String?, policy: String, _ text: String
  ) {
    var role = IAM.Holder(
      .role, name: name, id: random.uniqueID(prefix: "AROA", length: 17), account: account,
      created: now)
    role.description = description
    role.trust = trust("arn:aws:iam::\(account):root")
    role.inline = [IAM.InlinePolicy(name: policy, document(text, as: .identity))]
    identities.put(role, noting: "start \(text)")
    guard let session else { return }
    let sessionARN = ARN(
      service: "sts", region: "", account: account, resource: "assumed-role/\(name)/\(session)")
    var credentials = IAM.Session(
      profile: session,
      principal: Principal(
        kind: .assumedRole, account: account, arn: sessionARN.description,
        roleARN: role.arn.description, uniqueID: "\(role.id):\(session)"),
      accessKeyID: random.uniqueID(prefix: "ASIA", length: 16))
    // As old as the lab: nobody's role lasts for the month before it.
    credentials.issued = began
    identities.add(credentials)
  }

  /// The partner's account: somebody who manages it, and an application's role with a profile. The
  /// role may use the lab account's streams and keys as far as its own account is concerned, so that
  /// the other side's policies decide.
  fileprivate mutating func addPartner() {
    // Of its own, so that the lab's account is the same with and without a partner.
    var chance = SeededGenerator(seed: ~seed)
    let account = Account.partner.id
    var admin = IAM.Holder(
      .user, name: StartNames.partnerAdmin, id: chance.uniqueID(prefix: "AIDA", length: 17),
      account: account, created: now)
    let all = identities.managed.values.filter(\.isAWS)
    admin.attached = all.filter { $0.name == "AdministratorAccess" }.map(\.arn)
    var role = IAM.Holder(
      .role, name: StartNames.partnerRole, id: chance.uniqueID(prefix: "AROA", length: 17),
      account: account, created: now)
    role.description = "An application of another account that uses a shared stream"
    role.trust = trust("arn:aws:iam::\(account):root")
    role.inline = [
      IAM.InlinePolicy(name: "SharedStreamAccess", document(partnerPolicy, as: .identity))
    ]
    let session = "arn:aws:sts::\(account):assumed-role/\(role.name)/\(StartNames.partner)"
    var credentials = IAM.Session(
      profile: StartNames.partner,
      principal: Principal(
        kind: .assumedRole, account: account, arn: session, roleARN: role.arn.description,
        uniqueID: "\(role.id):\(StartNames.partner)"),
      accessKeyID: chance.uniqueID(prefix: "ASIA", length: 16))
    credentials.issued = began
    let sessions = [
      credentials,
      IAM.Session(
        profile: StartNames.partnerAdmin,
        principal: Principal(
          kind: .user, account: account, arn: admin.arn.description, userName: admin.name,
          uniqueID: admin.id),
        accessKeyID: chance.uniqueID(prefix: "AKIA", length: 16)),
    ]
    identities.addPartner([admin, role], all, sessions)
  }

  private var partnerPolicy: String {
    """
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Sid": "UseSharedStreams",
          "Effect": "Allow",
          "Action": [
            "kinesis:DescribeStreamSummary", "kinesis:ListShards",
            "kinesis:PutRecord", "kinesis:PutRecords",
            "kinesis:GetShardIterator", "kinesis:GetRecords",
            "kinesis:DescribeStreamConsumer"
          ],
          "Resource": "arn:aws:kinesis:*:\(account):stream/*"
        },
        {
          "Sid": "UseTheirKeys",
          "Effect": "Allow",
          "Action": ["kms:GenerateDataKey", "kms:Decrypt"],
          "Resource": "arn:aws:kms:*:\(account):key/*"
        }
      ]
    }
    """
  }

  fileprivate mutating func addGuideKey() {
    _ = makeKey(
      id: StartNames.keyID, in: .usEast1, description: "The key of the guide",
      policy: document(guideKeyPolicy, as: .key))
  }
}
