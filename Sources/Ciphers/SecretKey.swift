import CLibCrypto

/// 256 bits of key, wiped when the last copy of the reference goes.
///
/// Key material of the lab comes from its seeded generator: good for learning, and for
/// nothing else.
package final class SecretKey: Sendable {
  package static let byteCount = 32

  // Written once, in the initialiser, and again only to wipe it.
  nonisolated(unsafe) private let storage: UnsafeMutableRawPointer

  /// The bytes must be 32.
  package init(_ bytes: some Collection<UInt8>) {
    precondition(bytes.count == Self.byteCount, "a secret key has 32 bytes")
    storage = .allocate(byteCount: Self.byteCount, alignment: 16)
    storage.copyMemory(from: Array(bytes), byteCount: Self.byteCount)
  }

  deinit {
    OPENSSL_cleanse(storage, Self.byteCount)
    storage.deallocate()
  }

  /// The key in the clear: for a reply that hands it out (`GenerateDataKey`), never for a page.
  package var bytes: [UInt8] { Array(UnsafeRawBufferPointer(start: storage, count: Self.byteCount)) }

  var pointer: UnsafePointer<UInt8> {
    UnsafePointer(storage.assumingMemoryBound(to: UInt8.self))
  }
}

extension SecretKey: Equatable {
  package static func == (left: SecretKey, right: SecretKey) -> Bool {
    CRYPTO_memcmp(left.storage, right.storage, byteCount) == 0
  }
}
