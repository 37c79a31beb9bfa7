import Synchronization

/// Bytes that are only added, in chunks that every copy shares, each run in one piece.
///
/// Like `AppendLog`: a copy is free, appending to the newest copy goes in place.
package struct ByteLog: Sendable {
  /// Where a run lies.
  package struct Place: Hashable, Sendable {
    package var offset: UInt32
    package var count: UInt32
    package var chunk: UInt16
  }

  private var chunks: [ByteChunk] = []
  /// The first chunk that this copy still has.
  package private(set) var firstChunk = 0
  private var lastUsed = 0
  private static let firstCapacity = 4096
  private static let largestCapacity = 8 << 20

  package init() {}

  /// Claims `count` bytes and lets `fill` write all of them.
  @inline(__always)
  package mutating func append(count: Int, fill: (UnsafeMutableRawPointer) -> Void) -> Place {
    if chunks.isEmpty || !chunks[chunks.count - 1].claim(count, at: lastUsed) {
      let doubled = chunks.last.map { min($0.capacity * 2, Self.largestCapacity) }
      let chunk = ByteChunk(capacity: max(doubled ?? Self.firstCapacity, count))
      _ = chunk.claim(count, at: 0)
      chunks.append(chunk)
      lastUsed = 0
    }
    let offset = lastUsed
    fill(chunks[chunks.count - 1].start + offset)
    lastUsed += count
    // Chunks double up to 8 MiB: so many of them no computer holds.
    return Place(
      offset: UInt32(offset), count: UInt32(count), chunk: UInt16(chunks.count - 1))
  }

  package mutating func append(_ bytes: [UInt8]) -> Place {
    append(count: bytes.count) { $0.copyMemory(from: bytes, byteCount: bytes.count) }
  }

  @inline(__always)
  package func read<Result>(_ place: Place, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    let chunk = chunks[Int(place.chunk)]
    // What was let go reads as nothing.
    if chunk.capacity == 0 { return body(UnsafeRawBufferPointer(start: nil, count: 0)) }
    return withExtendedLifetime(chunk) {
      body(
        UnsafeRawBufferPointer(start: chunk.start + Int(place.offset), count: Int(place.count)))
    }
  }

  /// Whether this copy still has chunks before one, beside the last.
  func holds(before chunk: Int) -> Bool { firstChunk < min(chunk, chunks.count - 1) }

  /// Lets go of the chunks before one; other copies keep theirs.
  package mutating func drop(before chunk: Int) {
    // The last one takes what comes next.
    let end = min(chunk, chunks.count - 1)
    while firstChunk < end {
      chunks[firstChunk] = ByteChunk.none
      firstChunk += 1
    }
  }

  /// Bytes that its chunks take, and how many of them have been claimed, by this copy or another.
  package var footprint: (used: Int, taken: Int) {
    chunks.reduce((0, 0)) { ($0.0 + $1.claimed, $0.1 + $1.capacity) }
  }

  package func bytes(at place: Place) -> [UInt8] { read(place) { Array($0) } }
}

/// Safe to share for the reason that `AppendChunk` is: claimed once, written once, and read
/// only through places that were handed out after.
final class ByteChunk: @unchecked Sendable {
  /// In the place of one that was let go.
  static let none = ByteChunk(capacity: 0)

  let capacity: Int
  let start: UnsafeMutableRawPointer
  private let used = Atomic<Int>(0)

  init(capacity: Int) {
    self.capacity = capacity
    start = FreshMemory.allocate(byteCount: capacity, alignment: 16)
  }

  @inline(__always)
  func claim(_ count: Int, at place: Int) -> Bool {
    guard place + count <= capacity else { return false }
    return used.compareExchange(
      expected: place, desired: place + count, ordering: .acquiringAndReleasing
    ).exchanged
  }

  var claimed: Int { used.load(ordering: .relaxed) }

  deinit { FreshMemory.deallocate(start, byteCount: capacity) }
}
