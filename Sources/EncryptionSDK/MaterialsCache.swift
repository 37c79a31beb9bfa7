import Ciphers
import Values

/// A caching materials manager: data keys that serve several messages, each message deriving a key of
/// its own from them.
///
/// An entry belongs to one encryption context and one suite; entries for reading belong to the
/// encrypted data keys, too. Limits are looked at with the message in hand counted in, and a new data
/// key's first message is exempt.
/// Source: AWS Encryption SDK specification, caching CMM; Developer Guide, data key caching.
package struct MaterialsCache: Sendable {
  package struct Limits: Hashable, Sendable {
    /// From the making of an entry to its end. There is no default: whoever caches says how long.
    package var maxAge: Duration
    /// Messages that one data key seals.
    package var maxMessages = Limits.mostMessages
    /// Bytes of plaintext that one data key seals.
    package var maxBytes = Int.max
    /// Entries; the one unused for the longest time makes room.
    package var capacity = 1000
    package var partition = "lab"

    /// Source: AWS Encryption SDK Developer Guide, setting cache security thresholds.
    package static let mostMessages = 1 << 32

    package init(maxAge: Duration) { self.maxAge = maxAge }
  }

  package struct Entry: Sendable {
    package let id: [UInt8]
    package let isForWriting: Bool
    package let suite: AlgorithmSuite
    package let context: MessageContext
    package let made: Instant
    /// What the data key sealed, or for reading opened.
    package fileprivate(set) var messages: Int
    package fileprivate(set) var bytes: Int
    fileprivate var used: UInt64
    fileprivate let writing: EncryptionMaterials?
    fileprivate let reading: DecryptionMaterials?
  }

  /// Why an entry went.
  package struct Ends: Hashable, Sendable {
    package var byAge = 0
    package var byMessages = 0
    package var byBytes = 0
    package var byCapacity = 0
  }

  package let limits: Limits
  private var table: [[UInt8]: Entry] = [:]
  /// Uses in their order, of which only the last of each entry counts.
  private var uses: [(id: [UInt8], use: UInt64)] = []
  private var firstUse = 0
  private var use: UInt64 = 0
  package private(set) var hits = 0
  package private(set) var misses = 0
  /// Requests that are never cached: suites that derive no key.
  package private(set) var bypassed = 0
  package private(set) var ends = Ends()
  /// The most that one data key sealed: what its leak would have exposed.
  package private(set) var mostMessages = 0
  package private(set) var mostBytes = 0

  package init(_ limits: Limits) { self.limits = limits }

  /// Oldest first.
  package var entries: [Entry] {
    table.values.sorted { ($0.made, $0.used) < ($1.made, $1.used) }
  }

  // MARK: Writing

  /// Materials that may seal another message of so many bytes. Counts it.
  package mutating func encryption(
    _ suite: AlgorithmSuite, _ context: MessageContext, bytes: Int, at now: Instant
  ) -> EncryptionMaterials? {
    guard suite.isCacheable else {
      bypassed += 1
      return nil
    }
    let id = CacheID.encryption(suite, context, partition: limits.partition)
    guard var entry = table[id], let materials = entry.writing else {
      misses += 1
      return nil
    }
    guard now < entry.made + limits.maxAge else { return miss(id, \.byAge) }
    guard entry.messages < limits.maxMessages else { return miss(id, \.byMessages) }
    let (sum, isTooMuch) = entry.bytes.addingReportingOverflow(bytes)
    guard !isTooMuch, sum <= limits.maxBytes else { return miss(id, \.byBytes) }
    entry.messages += 1
    entry.bytes = sum
    keep(&entry)
    hits += 1
    return materials
  }

  /// Keeps new materials, whose first message is one of so many bytes.
  package mutating func keep(
    _ materials: EncryptionMaterials, for suite: AlgorithmSuite, _ context: MessageContext,
    bytes: Int, at now: Instant
  ) {
    mostMessages = max(mostMessages, 1)
    mostBytes = max(mostBytes, bytes)
    guard suite.isCacheable else { return }
    var entry = Entry(
      id: CacheID.encryption(suite, context, partition: limits.partition), isForWriting: true,
      suite: suite, context: context, made: now, messages: 1, bytes: bytes, used: 0,
      writing: materials, reading: nil)
    keep(&entry)
  }

  // MARK: Reading

  /// Materials that open a message. Only their age is limited.
  package mutating func decryption(_ header: MessageHeader, bytes: Int, at now: Instant)
    -> DecryptionMaterials?
  {
    guard header.suite.isCacheable else {
      bypassed += 1
      return nil
    }
    let id = CacheID.decryption(
      header.suite, header.dataKeys, header.context, partition: limits.partition)
    guard var entry = table[id], let materials = entry.reading else {
      misses += 1
      return nil
    }
    guard now < entry.made + limits.maxAge else { return miss(id, \.byAge) }
    entry.messages += 1
    entry.bytes = entry.bytes.addingReportingOverflow(bytes).partialValue
    keep(&entry)
    hits += 1
    return materials
  }

  package mutating func keep(
    _ materials: DecryptionMaterials, for header: MessageHeader, bytes: Int, at now: Instant
  ) {
    guard header.suite.isCacheable else { return }
    var entry = Entry(
      id: CacheID.decryption(
        header.suite, header.dataKeys, header.context, partition: limits.partition),
      isForWriting: false, suite: header.suite, context: header.context, made: now, messages: 1,
      bytes: bytes, used: 0, writing: nil, reading: materials)
    keep(&entry)
  }

  // MARK: Keeping

  private mutating func miss<Materials>(_ id: [UInt8], _ why: WritableKeyPath<Ends, Int>)
    -> Materials?
  {
    table[id] = nil
    ends[keyPath: why] += 1
    misses += 1
    return nil
  }

  private mutating func keep(_ entry: inout Entry) {
    use += 1
    entry.used = use
    table[entry.id] = entry
    uses.append((entry.id, use))
    if entry.isForWriting {
      mostMessages = max(mostMessages, entry.messages)
      mostBytes = max(mostBytes, entry.bytes)
    }
    while table.count > limits.capacity, firstUse < uses.count {
      let oldest = uses[firstUse]
      firstUse += 1
      guard table[oldest.id]?.used == oldest.use else { continue }
      table[oldest.id] = nil
      ends.byCapacity += 1
    }
    if uses.count > 4 * table.count + 64 {
      uses = table.values.map { ($0.id, $0.used) }.sorted { $0.1 < $1.1 }
      firstUse = 0
    }
  }
}

/// What tells one cache entry from another.
///
/// Source: AWS Encryption SDK specification, caching CMM: SHA-384 of the resource, the scope and the
/// partition, and of what the request asks for, with zero bytes between.
enum CacheID {
  private static let resource: UInt8 = 1
  private static let encryptionScope: UInt8 = 1
  private static let decryptionScope: UInt8 = 2

  /// `suite` is nothing where the request names none.
  static func encryption(_ suite: AlgorithmSuite?, _ context: MessageContext, partition: String)
    -> [UInt8]
  {
    var bytes = head(encryptionScope, partition)
    if let suite {
      bytes += [1, 0] + suite.idBytes + [0]
    } else {
      bytes += [0, 0]
    }
    return Digest.sha384(bytes + context.bytes)
  }

  static func decryption(
    _ suite: AlgorithmSuite, _ dataKeys: [EncryptedDataKey], _ context: MessageContext,
    partition: String
  ) -> [UInt8] {
    var bytes = head(decryptionScope, partition) + suite.idBytes + [0]
    let sorted = dataKeys.map(\.bytes).sorted { $0.lexicographicallyPrecedes($1) }
    for dataKey in sorted { bytes += dataKey }
    return Digest.sha384(bytes + [0] + context.bytes)
  }

  private static func head(_ scope: UInt8, _ partition: String) -> [UInt8] {
    [resource, 0, scope, 0] + Array(partition.utf8) + [0]
  }
}
