import Glibc
import Synchronization

/// Room for chunks that are written once from front to back.
enum FreshMemory {
  private static let hugePage = 2 << 20

  /// Large rooms that nobody needs any more, by their size: a load that runs again, an undo and a new
  /// lesson write where the last one wrote. Memory that the system has to clear first costs more than
  /// sealing what goes into it.
  private static let spare = Mutex(Spare())

  private struct Spare: ~Copyable {
    var rooms: [Int: [UInt]] = [:]
    var bytes = 0
    /// No more is kept than this.
    static let most = 256 << 20
  }

  /// Large chunks ask for huge pages: touching new memory page by page takes longer still.
  static func allocate(byteCount: Int, alignment: Int) -> UnsafeMutableRawPointer {
    guard byteCount >= hugePage else {
      return .allocate(byteCount: byteCount, alignment: max(alignment, 16))
    }
    let kept = spare.withLock { spare -> UInt? in
      guard let room = spare.rooms[byteCount]?.popLast() else { return nil }
      spare.bytes -= byteCount
      return room
    }
    if let kept, let start = UnsafeMutableRawPointer(bitPattern: kept) { return start }
    let start = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: hugePage)
    // Advice only: where the system does not take it, the memory is there all the same.
    madvise(start, byteCount, MADV_HUGEPAGE)
    return start
  }

  /// Takes back what `allocate` gave, of the same size.
  static func deallocate(_ start: UnsafeMutableRawPointer, byteCount: Int) {
    let isKept =
      byteCount >= hugePage
      && spare.withLock { spare in
        guard spare.bytes + byteCount <= Spare.most else { return false }
        spare.rooms[byteCount, default: []].append(UInt(bitPattern: start))
        spare.bytes += byteCount
        return true
      }
    if !isKept { start.deallocate() }
  }
}
