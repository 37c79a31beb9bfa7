import Ciphers
import Policies
import Values

extension KMS {
  /// Source: AWS KMS Developer Guide, key states of AWS KMS keys; `Unavailable` belongs to custom
  /// key stores, which the lab has not.
  package enum KeyState: String, CaseIterable, Hashable, Sendable {
    case enabled = "Enabled"
    case disabled = "Disabled"
    case pendingDeletion = "PendingDeletion"
    case pendingImport = "PendingImport"
    case pendingReplicaDeletion = "PendingReplicaDeletion"
    case creating = "Creating"
    case updating = "Updating"
    /// Deleted for good; the slot is kept for the events and envelopes that speak of it.
    case gone = "Gone"

    /// Whether KMS gives out data keys under such a key, and opens them.
    package var isUsable: Bool { self == .enabled || self == .updating }
  }

  package enum Manager: String, Hashable, Sendable {
    case customer = "CUSTOMER"
    case aws = "AWS"
  }

  package enum Origin: String, Hashable, Sendable {
    case kms = "AWS_KMS"
    case external = "EXTERNAL"
  }

  /// Key material of one rotation; it never leaves KMS.
  package struct Material: Sendable {
    /// Nothing while imported material is deleted, expired or not yet here.
    var key: SecretKey?
    /// `KeyMaterialId`: 64 hexadecimal digits that tell nothing about the key.
    package let id: String
    package internal(set) var description: String?
    /// When it came into being, for a first material that KMS made: a replica takes it over.
    package internal(set) var made: Instant?
    /// When a rotation made it current; the first material of a key has no such date.
    package internal(set) var rotated: Instant?
    package internal(set) var rotation: RotationKind?
    /// When imported material is deleted by itself.
    package internal(set) var expires: Instant?
    /// Imported for a rotation that has not been asked for yet.
    package internal(set) var isPending = false

    init(_ key: SecretKey?, id: String) {
      self.key = key
      self.id = id
    }

    package var isPresent: Bool { key != nil }
  }

  package enum RotationKind: String, Hashable, Sendable {
    case automatic = "AUTOMATIC"
    case onDemand = "ON_DEMAND"
  }

  /// Automatic rotation that is switched on.
  package struct Schedule: Hashable, Sendable {
    package var days: Int
    package var next: Instant
  }

  /// Deletion that is due, or that waits for replicas to go first.
  package struct Deletion: Hashable, Sendable {
    package var days: Int
    package var due: Instant?
  }

  package struct Tag: Hashable, Sendable {
    package var key: String
    package var value: String
  }

  package enum MultiRegionRole: String, Hashable, Sendable {
    case primary = "PRIMARY"
    case replica = "REPLICA"
  }

  package struct Key: Sendable {
    package let arn: ARN
    package let owner: Account
    package let region: Region
    package let created: Instant
    package let manager: Manager
    package let kind: KeyKind
    package let origin: Origin
    package internal(set) var description: String
    package internal(set) var state = KeyState.enabled
    package internal(set) var policy: AttachedPolicy
    package internal(set) var tags: [Tag] = []
    /// Oldest first; the index is what a ciphertext names. Empty for keys that are not symmetric.
    package internal(set) var materials: [Material]
    package internal(set) var schedule: Schedule?
    package internal(set) var deletion: Deletion?
    package internal(set) var role: MultiRegionRole?
    package internal(set) var onDemandRotations = 0

    /// The id as it stands in a ciphertext: 16 bytes, the same for all related multi-Region keys.
    let idBytes: [UInt8]

    init(
      id: String, region: Region, account: Account, created: Instant, manager: Manager = .customer,
      kind: KeyKind = .symmetric, origin: Origin = .kms, description: String,
      policy: PolicyDocument, materials: [Material]
    ) {
      owner = account
      arn = ARN(
        service: "kms", region: region.description, account: account.id, resource: "key/\(id)")
      self.region = region
      self.created = created
      self.manager = manager
      self.kind = kind
      self.origin = origin
      self.description = description
      self.policy = AttachedPolicy(
        kind: .key, label: "key", arn: arn.description, document: policy)
      self.materials = materials
      idBytes = Key.bytes(ofID: id) ?? []
    }

    /// A UUID, or `mrk-` and 32 hexadecimal digits.
    package var id: String { arn.resourceName }
    package var isSymmetric: Bool { kind == .symmetric }
    package var isMultiRegion: Bool { role != nil }

    /// The newest material that encrypts, and its index.
    package var current: (index: Int, material: Material)? {
      materials.lastIndex { !$0.isPending }.map { ($0, materials[$0]) }
    }

    /// Whether all material that ciphertext may lie under is here.
    var isComplete: Bool {
      !materials.isEmpty && materials.allSatisfy { $0.isPresent || $0.isPending }
    }

    static func bytes(ofID id: String) -> [UInt8]? {
      let digits = id.hasPrefix("mrk-") ? id.utf8.dropFirst(4) : id.utf8[...]
      guard digits.count == 32 || digits.count == 36 else { return nil }
      let text = String(decoding: digits.filter { $0 != UInt8(ascii: "-") }, as: UTF8.self)
      return Hex.bytes(text).flatMap { $0.count == 16 ? $0 : nil }
    }
  }
}
