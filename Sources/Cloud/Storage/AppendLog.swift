import Synchronization

/// A list that only grows, in chunks that every copy shares.
///
/// A copy costs nothing and keeps its own count; appending to the copy that was filled
/// last goes in place, and appending to an older one begins a new chunk, so no copy ever
/// sees another's elements. This is what makes a snapshot of a full stream free.
package struct AppendLog<Element: Sendable>: Sendable {
  private var chunks: [AppendChunk<Element>] = []
  /// The index of each chunk's first element.
  private var starts: [Int] = []
  /// How many elements of the last chunk belong to this copy.
  private var lastUsed = 0
  package private(set) var count = 0
  private let firstCapacity: Int
  private let largestCapacity: Int
  /// The power of two in `largestCapacity`.
  private let largestShift: Int

  /// Chunks hold `firstCapacity` elements at first and double up to `largestCapacity`.
  package init(firstCapacity: Int = 16, largestCapacity: Int = 4096) {
    self.firstCapacity = firstCapacity
    self.largestCapacity = largestCapacity
    largestShift = Int.bitWidth - 1 - largestCapacity.leadingZeroBitCount
  }

  package var isEmpty: Bool { count == 0 }

  @discardableResult
  package mutating func append(_ element: consuming Element) -> Int {
    if chunks.isEmpty || !chunks[chunks.count - 1].claim(lastUsed) { beginChunk() }
    chunks[chunks.count - 1].fill(lastUsed, with: element)
    lastUsed += 1
    count += 1
    return count - 1
  }

  /// Begins a chunk and claims its first place.
  private mutating func beginChunk() {
    let doubled = chunks.last.map {
      Swift.max(firstCapacity, Swift.min($0.capacity * 2, largestCapacity))
    }
    let chunk = AppendChunk<Element>(capacity: doubled ?? firstCapacity)
    _ = chunk.claim(0)
    chunks.append(chunk)
    starts.append(count)
    lastUsed = 0
  }

  package subscript(index: Int) -> Element {
    precondition(index >= 0 && index < count, "index beyond the log")
    let place = chunk(holding: index)
    return chunks[place].element(at: index - starts[place])
  }

  /// Bytes that its chunks take, what is not yet used of them included.
  package var footprint: Int {
    chunks.reduce(0) { $0 + $1.capacity * MemoryLayout<Element>.stride }
  }

  /// Bytes of its elements.
  package var used: Int { count * MemoryLayout<Element>.stride }

  package var last: Element? { isEmpty ? nil : self[count - 1] }

  /// Whether both are copies of one log and have the same elements. Never looks at them: where both end in
  /// one chunk, whoever began it had what lies in front.
  package func isCopy(of other: AppendLog) -> Bool {
    count == other.count && lastUsed == other.lastUsed && chunks.last === other.chunks.last
  }

  package func suffix(from start: Int) -> [Element] {
    start < count ? (Swift.max(0, start)..<count).map { self[$0] } : []
  }

  /// Looks at an element where it lies, without a copy.
  @inline(__always)
  package func withElement<Result>(at index: Int, _ body: (UnsafePointer<Element>) -> Result)
    -> Result
  {
    precondition(index >= 0 && index < count, "index beyond the log")
    let place = chunk(holding: index)
    return chunks[place].withElement(at: index - starts[place], body)
  }

  /// Looks at the elements of a range where they lie, from its end to its beginning, until `body`
  /// says false.
  package func scanBackward(
    _ range: Range<Int>, _ body: (Int, UnsafePointer<Element>) -> Bool
  ) {
    var index = Swift.min(range.upperBound, count) - 1
    while index >= range.lowerBound {
      let place = chunk(holding: index)
      let start = starts[place]
      while index >= Swift.max(start, range.lowerBound) {
        if !chunks[place].withElement(at: index - start, { body(index, $0) }) { return }
        index -= 1
      }
    }
  }

  /// The same from the beginning to the end.
  package func scan(_ range: Range<Int>, _ body: (Int, UnsafePointer<Element>) -> Bool) {
    var index = range.lowerBound
    let end = Swift.min(range.upperBound, count)
    while index < end {
      let place = chunk(holding: index)
      let start = starts[place]
      let stop = Swift.min(end, place + 1 < starts.count ? starts[place + 1] : count)
      while index < stop {
        if !chunks[place].withElement(at: index - start, { body(index, $0) }) { return }
        index += 1
      }
    }
  }

  @inline(__always)
  private func chunk(holding index: Int) -> Int {
    let last = starts.count - 1
    if index >= starts[last] { return last }
    // So far from the end it lies when all chunks behind it are full and of the largest size.
    let guess = last - 1 - ((starts[last] - 1 - index) >> largestShift)
    if guess >= 0, starts[guess] <= index, index < starts[guess + 1] { return guess }
    return searchedChunk(holding: index)
  }

  private func searchedChunk(holding index: Int) -> Int {
    var low = 0
    var high = starts.count - 1
    while low < high {
      let middle = (low + high + 1) / 2
      if starts[middle] <= index { low = middle } else { high = middle - 1 }
    }
    return low
  }
}

extension AppendLog {
  /// Where the elements of one copy lie, for reading many of them by their places. It holds their
  /// chunks, which never move.
  package struct Pages {
    private let log: AppendLog
    private let bases: [UnsafePointer<Element>]

    package init(_ log: AppendLog) {
      self.log = log
      bases = log.chunks.map { $0.withElement(at: 0) { $0 } }
    }

    /// Valid as long as these pages are.
    @inline(__always)
    package subscript(index: Int) -> UnsafePointer<Element> {
      precondition(index >= 0 && index < log.count, "index beyond the log")
      let place = log.chunk(holding: index)
      return bases[place] + (index - log.starts[place])
    }
  }
}

extension AppendLog: Sequence {
  package struct Iterator: IteratorProtocol {
    fileprivate let log: AppendLog
    fileprivate var index = 0

    package mutating func next() -> Element? {
      guard index < log.count else { return nil }
      defer { index += 1 }
      return log[index]
    }
  }

  package func makeIterator() -> Iterator { Iterator(log: self) }
  package var underestimatedCount: Int { count }
}

/// Raw room for a fixed number of elements, filled from the front.
///
/// Safe to share: a place is claimed atomically, once, before it is written, and is read
/// only by copies whose count already covers it.
final class AppendChunk<Element: Sendable>: @unchecked Sendable {
  let capacity: Int
  private let storage: UnsafeMutablePointer<Element>
  private let used = Atomic<Int>(0)

  init(capacity: Int) {
    self.capacity = capacity
    storage = FreshMemory.allocate(
      byteCount: capacity * MemoryLayout<Element>.stride, alignment: MemoryLayout<Element>.alignment
    ).bindMemory(to: Element.self, capacity: capacity)
  }

  /// Claims a place; false when the chunk is full or another copy has already taken it.
  @inline(__always)
  func claim(_ place: Int) -> Bool {
    place < capacity
      && used.compareExchange(
        expected: place, desired: place + 1, ordering: .acquiringAndReleasing
      ).exchanged
  }

  /// Writes to a place that was just claimed.
  @inline(__always)
  func fill(_ place: Int, with element: consuming Element) {
    (storage + place).initialize(to: element)
  }

  @inline(__always)
  func element(at place: Int) -> Element { storage[place] }

  @inline(__always)
  func withElement<Result>(at place: Int, _ body: (UnsafePointer<Element>) -> Result) -> Result {
    body(UnsafePointer(storage + place))
  }

  deinit {
    storage.deinitialize(count: used.load(ordering: .acquiring))
    FreshMemory.deallocate(
      UnsafeMutableRawPointer(storage), byteCount: capacity * MemoryLayout<Element>.stride)
  }
}
