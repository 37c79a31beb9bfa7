import Ciphers
import Values

extension Kinesis {
  /// One shard: a range of hash keys, and the records that fell into it, as they lie on the disk.
  package struct Shard: Sendable {
    package let index: Int
    package let range: ClosedRange<UInt128>
    package let created: Instant
    /// The shards that this one came out of.
    package internal(set) var parent: Int32?
    package internal(set) var adjacentParent: Int32?
    /// When it was split or merged; nothing comes into it any more.
    package internal(set) var closed: Instant?
    /// What happens to the next record.
    package internal(set) var protection: Protection
    private var records = AppendLog<Record>(firstCapacity: 16, largestCapacity: 131_072)
    private var bytes = ByteLog()
    var writes = RateWindow()
    var reads = RateWindow()
    var iterators = RateWindow()
    /// Records that somebody altered on the disk, by index: the log itself is only added to.
    private var altered: [Int: Record] = [:]

    init(index: Int, range: ClosedRange<UInt128>, created: Instant, protection: Protection) {
      self.index = index
      self.range = range
      self.created = created
      self.protection = protection
    }

    /// `shardId-000000000000`
    package var id: String { Self.id(index) }

    package static func id(_ index: Int) -> String {
      let digits = String(index)
      return "shardId-" + String(repeating: "0", count: max(0, 12 - digits.count)) + digits
    }

    /// The number in a shard's id, whose zeros in front may be missing; nothing where there is none.
    /// Assumed: that the part before the dash is not looked at.
    static func number(ofID id: String) -> Int? {
      let parts = id.split(separator: "-", omittingEmptySubsequences: false)
      let digits = parts.count > 1 ? parts[1] : parts[0]
      guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
        return nil
      }
      return Int32(digits).map(Int.init)
    }

    package var count: Int { records.count }

    /// Lets go of the bytes of records that arrived before an instant, as far as whole chunks hold no
    /// others. Nobody reads them any more.
    mutating func dropBytes(arrivedBefore instant: Instant) {
      bytes.drop(before: chunk(from: instant))
    }

    /// Whether there is something to let go of: a shard that is not changed is not copied.
    func holdsBytes(arrivedBefore instant: Instant) -> Bool {
      bytes.holds(before: chunk(from: instant))
    }

    /// The chunk in which the records begin that arrived at an instant or later. An altered record lies
    /// behind those that were put when it was altered, never before its own place.
    private func chunk(from instant: Instant) -> Int {
      let first = first(arrivedFrom: instant)
      return first < count ? Int(records[first].place.chunk) : Int(UInt16.max)
    }

    /// Bytes of bodies and of places, and what the chunks of both take.
    var footprint: (bodies: Int, places: Int, taken: Int) {
      let bodies = bytes.footprint
      return (bodies.used, records.used, bodies.taken + records.footprint)
    }

    /// Whether the first record of both lies in the same place of the memory.
    func sharesMemory(with other: Shard) -> Bool {
      guard count > 0, other.count > 0 else { return false }
      return records.withElement(at: 0) { mine in
        other.records.withElement(at: 0) { mine == $0 }
      }
        && bytes.read(self[0].place) { mine in
          other.bytes.read(other[0].place) { mine.baseAddress == $0.baseAddress }
        }
    }

    package subscript(record: Int) -> Record {
      altered.isEmpty ? records[record] : altered[record] ?? records[record]
    }

    package func sequenceNumber(of record: Int) -> SequenceNumber {
      SequenceNumber(
        shardCreated: created.seconds, index: UInt64(record + 1),
        time: self[record].arrived.seconds, shard: UInt32(index))
    }

    package var firstSequenceNumber: SequenceNumber {
      SequenceNumber(
        shardCreated: created.seconds, index: 0, time: created.seconds, shard: UInt32(index))
    }

    /// The last number of a closed shard, which no record has.
    /// Source: facts §2.5.
    package var lastSequenceNumber: SequenceNumber? {
      closed.map {
        SequenceNumber(
          shardCreated: created.seconds, index: Self.closingIndex, time: $0.seconds,
          shard: UInt32(index))
      }
    }

    static let closingIndex = UInt64(Int64.max)

    /// The index of the first record that arrived at `instant` or later.
    package func first(arrivedFrom instant: Instant) -> Int {
      var low = 0
      var high = count
      while low < high {
        let middle = (low + high) / 2
        if records[middle].arrived < instant { low = middle + 1 } else { high = middle }
      }
      return low
    }

    /// Adds a record whose bytes `fill` writes: the partition key, then the body.
    @inline(__always)
    mutating func append(
      arrived: Instant, keyLength: Int, bodyLength: Int, envelope: Int32,
      fill: (UnsafeMutableRawPointer) -> Void
    ) -> Int {
      let place = bytes.append(count: keyLength + bodyLength, fill: fill)
      return records.append(
        Record(
          arrived: arrived, place: place, keyLength: UInt16(keyLength), envelope: envelope))
    }

    package func partitionKey(of record: Int) -> String {
      let length = Int(self[record].keyLength)
      return bytes.read(self[record].place) { String(decoding: $0.prefix(length), as: UTF8.self) }
    }

    /// Partition key and data of a record, in bytes, without what encryption adds.
    func size(of record: Int) -> Int { size(of: self[record]) }

    func size(of found: Record) -> Int {
      let added = found.isEncrypted ? CipherEngine.nonceBytes + CipherEngine.tagBytes : 0
      return max(0, Int(found.place.count) - added)
    }

    /// What lies on the disk for the data: for an encrypted record nonce, ciphertext and tag.
    package func body(of record: Int) -> [UInt8] { withBody(of: record) { Array($0) } }

    func withBody<Result>(of record: Int, _ use: (UnsafeRawBufferPointer) -> Result) -> Result {
      let found = self[record]
      return bytes.read(found.place) { all in
        use(UnsafeRawBufferPointer(rebasing: all.dropFirst(Int(found.keyLength))))
      }
    }

    /// Puts other bytes in place of a record's body, as a person with the disk could.
    mutating func alter(_ record: Int, body: [UInt8], envelope: Int32) {
      var changed = self[record]
      let key = bytes.read(changed.place) { Array($0.prefix(Int(changed.keyLength))) }
      changed.place = bytes.append(key + body)
      changed.envelope = envelope
      altered[record] = changed
    }

    /// The shards of a new stream: equal ranges, the last one taking the rest.
    /// Source: facts §2.5, which equals AWS's three-shard example.
    static func initial(_ count: Int, created: Instant, _ protection: Protection) -> [Shard] {
      ranges(count).enumerated().map {
        Shard(index: $0.offset, range: $0.element, created: created, protection: protection)
      }
    }

    static func ranges(_ count: Int) -> [ClosedRange<UInt128>] {
      // 2^128 does not fit: the quotient of 2^128 − 1 is the same unless it divides evenly.
      let (quotient, rest) = UInt128.max.quotientAndRemainder(dividingBy: UInt128(count))
      let width = rest == UInt128(count - 1) ? quotient &+ 1 : quotient
      return (0..<count).map { index in
        let start = width &* UInt128(index)
        let end = index == count - 1 ? UInt128.max : start + (width &- 1)
        return start...end
      }
    }
  }

  /// Where a record lies, and under which data key: 24 bytes, in an order that leaves no gap.
  package struct Record: Hashable, Sendable {
    package let arrived: Instant
    var place: ByteLog.Place
    let keyLength: UInt16
    /// The index of its envelope in the stream; −1 for a record that was stored in the clear.
    package internal(set) var envelope: Int32

    package var isEncrypted: Bool { envelope >= 0 }
  }
}
