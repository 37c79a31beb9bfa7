import Ciphers
import Policies
import Values

/// The Key Management Service.
package enum KMS {
  package struct Alias: Sendable {
    /// `alias/orders`
    package let name: String
    package let region: Region
    package let owner: Account
    package let created: Instant
    package internal(set) var updated: Instant
    package internal(set) var key: Int32
  }

  package struct State: Sendable {
    package private(set) var keys: [Key] = []
    /// Related multi-Region keys share their id.
    private var slotOfID: [Place: Int32] = [:]
    /// Sorted by Region and name.
    package private(set) var aliases: [Alias] = []
    /// In the order in which they were given.
    package private(set) var grants: [Grant] = []
    private(set) var stamp = PolicyStamp()
    private(set) var digest = Fingerprint()

    private struct Place: Hashable, Sendable {
      var id: [UInt8]
      var region: Region
    }

    package subscript(slot: Int32) -> Key {
      _read { yield keys[Int(slot)] }
    }

    /// The key with the 16 bytes of an id, as a ciphertext names it; none once it is deleted.
    func slot(ofID id: [UInt8], in region: Region) -> Int32? {
      slotOfID[Place(id: id, region: region)]
    }

    func slot(ofID id: String, in region: Region) -> Int32? {
      guard let bytes = Key.bytes(ofID: id), let slot = slot(ofID: bytes, in: region),
        self[slot].id == id
      else { return nil }
      return slot
    }

    /// The key that sealed a ciphertext, as its own bytes say; nothing for other bytes. Of related
    /// multi-Region keys, which share those bytes, the one of that Region, if it has one.
    package func slot(ofCiphertext bytes: [UInt8], in region: Region) -> Int32? {
      guard let blob = CiphertextBlob(bytes) else { return nil }
      let place =
        keys.firstIndex { $0.idBytes == blob.keyID && $0.region == region }
        ?? keys.firstIndex { $0.idBytes == blob.keyID }
      return place.map(Int32.init)
    }

    /// Which of its key's materials sealed a ciphertext, from 0.
    package func material(ofCiphertext bytes: [UInt8]) -> Int? { CiphertextBlob(bytes)?.material }

    package func alias(_ name: String, in region: Region, of account: Account = .home) -> Alias? {
      aliases.first { $0.name == name && $0.region == region && $0.owner == account }
    }

    package func aliases(of slot: Int32) -> [Alias] { aliases.filter { $0.key == slot } }

    /// Keys of one Region that are not deleted, by slot.
    package func slots(in region: Region, of account: Account = .home) -> [Int32] {
      keys.indices.filter {
        keys[$0].region == region && keys[$0].owner == account && keys[$0].state != .gone
      }.map(Int32.init)
    }

    /// The related multi-Region keys of a key, itself among them, by slot; only itself for others.
    package func related(to slot: Int32) -> [Int32] {
      guard self[slot].isMultiRegion else { return [slot] }
      let id = self[slot].id
      return keys.indices.filter { keys[$0].id == id && keys[$0].state != .gone }.map(Int32.init)
    }

    @discardableResult
    mutating func add(_ key: Key) -> Int32 {
      let slot = Int32(keys.count)
      keys.append(key)
      slotOfID[Place(id: key.idBytes, region: key.region)] = slot
      changed(key.arn.description + key.policy.document.text)
      return slot
    }

    /// Adds a replica. Where its Region had one before that is deleted, it takes up that one's slot: id,
    /// ARN and material are the same, and to the streams and records that name it, it is the same key.
    @discardableResult
    mutating func add(replica key: Key) -> Int32 {
      let old = keys.firstIndex {
        $0.state == .gone && $0.region == key.region && $0.idBytes == key.idBytes
      }
      guard let old else { return add(key) }
      keys[old] = key
      slotOfID[Place(id: key.idBytes, region: key.region)] = Int32(old)
      changed("again \(key.arn)" + key.policy.document.text)
      return Int32(old)
    }

    /// Changes a key; `what` tells the world that has the change from the one that has not.
    mutating func change(_ slot: Int32, noting what: String, _ body: (inout Key) -> Void) {
      body(&keys[Int(slot)])
      changed("\(slot)/\(what)")
    }

    /// Lets go of a key's material, its aliases, its grants and its id.
    mutating func remove(_ slot: Int32) {
      slotOfID[Place(id: self[slot].idBytes, region: self[slot].region)] = nil
      aliases.removeAll { $0.key == slot }
      grants.removeAll { $0.key == slot }
      change(slot, noting: "gone") { key in
        key.state = .gone
        key.schedule = nil
        for place in key.materials.indices { key.materials[place].key = nil }
      }
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

    /// Puts what the closure makes of a grant in its place; nothing leaves it as it is.
    mutating func changeGrants(_ change: (Grant) -> Grant?) {
      for place in grants.indices {
        guard let new = change(grants[place]) else { continue }
        grants[place] = new
        changed("grant \(new.id) \(new.grantee) \(new.retiring ?? "none")")
      }
    }

    mutating func removeGrant(_ id: String) {
      grants.removeAll { $0.id == id }
      changed("no grant \(id)")
    }

    mutating func retarget(
      _ name: String, in region: Region, of account: Account, to slot: Int32, at now: Instant
    ) {
      guard
        let place = aliases.firstIndex(where: {
          $0.name == name && $0.region == region && $0.owner == account
        })
      else { return }
      aliases[place].key = slot
      aliases[place].updated = now
      changed("\(region)/\(name)/\(slot)")
    }

    mutating func removeAlias(_ name: String, in region: Region, of account: Account) {
      aliases.removeAll { $0.name == name && $0.region == region && $0.owner == account }
      changed("\(region)/\(name) removed")
    }

    mutating func set(_ state: KeyState, of slot: Int32) {
      change(slot, noting: state.rawValue) { $0.state = state }
    }

    mutating func setPolicy(_ document: PolicyDocument, of slot: Int32) {
      let old = keys[Int(slot)].policy
      keys[Int(slot)].policy = AttachedPolicy(
        kind: old.kind, label: old.label, arn: old.arn, document: document)
      changed("\(slot)/\(document.text)")
    }

    /// Condition keys that every request about that key has.
    /// Source: AWS KMS Developer Guide, AWS KMS condition keys; AWS global condition keys.
    func conditions(of slot: Int32) -> [(key: String, values: [String])] {
      let key = self[slot]
      var conditions: [(key: String, values: [String])] = [
        ("kms:KeySpec", [key.kind.spec]), ("kms:KeyUsage", [key.kind.usage]),
        ("kms:KeyOrigin", [key.origin.rawValue]),
        ("kms:MultiRegion", [key.isMultiRegion ? "true" : "false"]),
      ]
      let aliases = aliases(of: slot).map(\.name)
      if !aliases.isEmpty { conditions.append(("kms:ResourceAliases", aliases)) }
      if let role = key.role { conditions.append(("kms:MultiRegionKeyType", [role.rawValue])) }
      for tag in key.tags { conditions.append(("aws:ResourceTag/\(tag.key)", [tag.value])) }
      return conditions
    }

    private mutating func changed(_ what: String) {
      digest.fold(what)
      stamp = PolicyStamp()
    }
  }
}
