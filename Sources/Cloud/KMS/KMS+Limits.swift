import Values

extension KMS {
  enum Limits {
    /// Plaintext of Encrypt, in bytes.
    /// Source: AWS KMS API Reference, Encrypt.
    static let plaintextBytes = 1...4096

    /// Length of a key policy, in bytes.
    /// Source: AWS KMS Developer Guide, resource quotas.
    static let policyBytes = 32_768

    /// Keys that customers manage, in a Region.
    /// Source: AWS KMS Developer Guide, resource quotas.
    static let customerKeys = 100_000

    /// Aliases of one key.
    /// Source: AWS KMS Developer Guide, resource quotas.
    static let aliasesPerKey = 50

    /// Grants of one key.
    /// Source: AWS KMS Developer Guide, resource quotas.
    static let grantsPerKey = 50_000

    /// Pairs of a grant's constraint, and characters of a value in it.
    /// Source: AWS KMS API Reference, CreateGrant, Constraints.
    static let constraintPairs = 8
    static let constraintCharacters = 384

    /// Tags of one key.
    /// Source: AWS KMS API Reference, Tag; resource quotas.
    static let tags = 50

    /// On-demand rotations of one key, over its life.
    /// Source: AWS KMS Developer Guide, resource quotas.
    static let onDemandRotations = 25

    /// Days between automatic rotations, and how many when none are named.
    /// Source: AWS KMS API Reference, EnableKeyRotation, RotationPeriodInDays.
    static let rotationDays = 365

    /// Days from ScheduleKeyDeletion to the deletion, and how many when none are named.
    /// Source: AWS KMS Developer Guide, deleting keys.
    static let deletionDays = 7...30
    static let usualDeletionDays = 30

    /// How long the parameters for an import serve.
    /// Source: AWS KMS API Reference, GetParametersForImport.
    static let importToken = Duration.seconds(24 * 3600)

    /// How far ahead imported key material may expire.
    /// Source: AWS KMS API Reference, ImportKeyMaterial, ValidTo.
    static let importExpiry = Duration.seconds(365 * 24 * 3600)

    /// Bytes of imported symmetric key material.
    /// Source: AWS KMS Developer Guide, importing key material, step 3.
    static let importedBytes = 32

    /// How long a replica is Creating, and two keys Updating when they change roles.
    /// Assumed: the documentation speaks of a few seconds.
    static let replication = Duration.seconds(5)

    /// Cryptographic operations a second and Region, as the guide describes them, and how many may
    /// be saved up.
    /// Source: the guide, "The Impact of KMS Request Quotas at High Throughput".
    static let describedRate = 10_000
    static let describedBurst = 40_000

    /// Cryptographic operations a second in a Region.
    /// Source: AWS KMS Developer Guide, request quotas.
    static func documentedRate(in region: Region) -> Int {
      switch region.description {
      case "us-east-1", "us-west-2", "eu-west-1": 100_000
      case "us-east-2", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1", "eu-central-1",
        "eu-west-2":
        20_000
      default: 10_000
      }
    }
  }
}
