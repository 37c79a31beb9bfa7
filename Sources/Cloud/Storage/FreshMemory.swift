import Glibc

/// Room for chunks that are written once from front to back.
enum FreshMemory {
  private static let hugePage = 2 << 20

  /// Large chunks ask for huge pages: touching new memory page by page costs more than sealing what
  /// goes into it.
  static func allocate(byteCount: Int, alignment: Int) -> UnsafeMutableRawPointer {
    guard byteCount >= hugePage else {
      return .allocate(byteCount: byteCount, alignment: max(alignment, 16))
    }
    let start = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: hugePage)
    // Advice only: where the system does not take it, the memory is there all the same.
    madvise(start, byteCount, MADV_HUGEPAGE)
    return start
  }
}
