import Ciphers
import Policies
import Values

/// The Key Management Service.
package enum KMS {
  package enum KeyState: String, Hashable, Sendable {
    case enabled = "Enabled"
    case disabled = "Disabled"
  }

  package enum Manager: String, Hashable, Sendable {
    case customer = "CUSTOMER"
    case aws = "AWS"
  }

  /// Key material of one rotation; it never leaves KMS.
  package struct Material: Sendable {
    let key: SecretKey
    /// `KeyMaterialId`: 64 hexadecimal digits that tell nothing about the key.
    package let id: String
  }

  package struct Key: Sendable {
    package let arn: ARN
    package let region: Region
    package let created: Instant
    package let manager: Manager
    package internal(set) var description: String
    package internal(set) var state = KeyState.enabled
    package internal(set) var policy: AttachedPolicy
    package internal(set) var materials: [Material]

    /// The UUID.
    package var id: String { arn.resourceName }
    /// The id as it stands in a ciphertext blob: 16 bytes.
    let idBytes: [UInt8]

    init(
      id: String, region: Region, account: String, created: Instant, manager: Manager,
      description: String, policy: PolicyDocument, material: Material
    ) {
      arn = ARN(
        service: "kms", region: region.description, account: account, resource: "key/\(id)")
      self.region = region
      self.created = created
      self.manager = manager
      self.description = description
      self.policy = AttachedPolicy(
        kind: .key, label: "key", arn: arn.description, document: policy)
      materials = [material]
      idBytes = Hex.bytes(id.filter { $0 != "-" }) ?? []
    }

    /// The newest material and its index: what new ciphertext is sealed under.
    var current: (index: Int, material: Material) {
      (materials.count - 1, materials[materials.count - 1])
    }
  }

  package struct Alias: Sendable {
    /// `alias/orders`
    package let name: String
    package let region: Region
    package let created: Instant
    package internal(set) var key: Int32
  }

  package struct State: Sendable {
    package private(set) var keys: [Key] = []
    private var slotOfID: [String: Int32] = [:]
    /// Sorted by Region and name.
    package private(set) var aliases: [Alias] = []
    /// In the order in which they were given.
    package private(set) var grants: [Grant] = []
    private(set) var stamp = PolicyStamp()
    private(set) var digest = Fingerprint()

    package subscript(slot: Int32) -> Key {
      _read { yield keys[Int(slot)] }
    }

    func slot(ofID id: String) -> Int32? { slotOfID[id] }

    package func alias(_ name: String, in region: Region) -> Alias? {
      aliases.first { $0.name == name && $0.region == region }
    }

    package func aliases(of slot: Int32) -> [Alias] { aliases.filter { $0.key == slot } }

    /// Keys of one Region, by slot.
    package func slots(in region: Region) -> [Int32] {
      keys.indices.filter { keys[$0].region == region }.map(Int32.init)
    }

    @discardableResult
    mutating func add(_ key: Key) -> Int32 {
      let slot = Int32(keys.count)
      keys.append(key)
      slotOfID[key.id] = slot
      changed(key.arn.description + key.policy.document.text)
      return slot
    }

    mutating func add(_ alias: Alias) {
      let place = aliases.firstIndex {
        ($0.region.index, $0.name) > (alias.region.index, alias.name)
      }
      aliases.insert(alias, at: place ?? aliases.count)
      changed("\(alias.region)/\(alias.name)/\(alias.key)")
    }

    mutating func add(_ grant: Grant) {
      grants.append(grant)
      changed("grant \(grant.id)")
    }

    mutating func removeGrant(_ id: String) {
      grants.removeAll { $0.id == id }
      changed("no grant \(id)")
    }

    mutating func set(_ state: KeyState, of slot: Int32) {
      keys[Int(slot)].state = state
      changed("\(slot)/\(state.rawValue)")
    }

    mutating func setPolicy(_ document: PolicyDocument, of slot: Int32) {
      let old = keys[Int(slot)].policy
      keys[Int(slot)].policy = AttachedPolicy(
        kind: old.kind, label: old.label, arn: old.arn, document: document)
      changed("\(slot)/\(document.text)")
    }

    /// Condition keys that every request about that key has.
    /// Source: AWS KMS Developer Guide, AWS KMS condition keys.
    func conditions(of slot: Int32) -> [(key: String, values: [String])] {
      [
        ("kms:KeySpec", ["SYMMETRIC_DEFAULT"]), ("kms:KeyUsage", ["ENCRYPT_DECRYPT"]),
        ("kms:KeyOrigin", ["AWS_KMS"]), ("kms:MultiRegion", ["false"]),
        ("kms:ResourceAliases", aliases(of: slot).map(\.name)),
      ]
    }

    private mutating func changed(_ what: String) {
      digest.fold(what)
      stamp = PolicyStamp()
    }
  }
}
