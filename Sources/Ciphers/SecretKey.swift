import CLibCrypto

/// A key (256 bits of AES key, or a data key of another length), wiped when the last copy of the
/// reference goes.
///
/// Key material of the lab comes from its seeded generator: good for learning, and for
/// nothing else.
package final class SecretKey: Sendable {
  /// Bytes of an AES-256 key.
  package static let byteCount = 32

  package let count: Int
  // Written once, in the initialiser, and again only to wipe it.
  nonisolated(unsafe) private let storage: UnsafeMutableRawPointer

  /// A key of `count` bytes, all of which `fill` must write.
  package init(count: Int = byteCount, fill: (UnsafeMutableRawBufferPointer) -> Void) {
    self.count = count
    storage = .allocate(byteCount: count, alignment: 16)
    fill(UnsafeMutableRawBufferPointer(start: storage, count: count))
  }

  package convenience init(_ bytes: some Collection<UInt8>) {
    self.init(count: bytes.count) { $0.copyBytes(from: bytes) }
  }

  deinit {
    OPENSSL_cleanse(storage, count)
    storage.deallocate()
  }

  package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    withExtendedLifetime(self) { body(UnsafeRawBufferPointer(start: storage, count: count)) }
  }

  /// The key in the clear: for a reply that hands it out (`GenerateDataKey`), never for a page.
  package var bytes: [UInt8] { withBytes { Array($0) } }

  /// The key as libcrypto takes it; only AES-256 keys are used so.
  var pointer: UnsafePointer<UInt8> {
    precondition(count == Self.byteCount, "an AES-256 key has 32 bytes")
    return UnsafePointer(storage.assumingMemoryBound(to: UInt8.self))
  }

  /// Whether another sequence of bytes is this key, in a time that does not tell where they differ.
  package func matches(_ bytes: some Collection<UInt8>) -> Bool {
    let other = SecretKey(bytes)
    return self == other
  }
}

extension SecretKey: Equatable {
  package static func == (left: SecretKey, right: SecretKey) -> Bool {
    left.count == right.count && CRYPTO_memcmp(left.storage, right.storage, left.count) == 0
  }
}
