import CLibCrypto
import Values

/// The world's only source of chance: CTR_DRBG with AES-256 (NIST SP 800-90A, without a
/// derivation function), whose entropy is the seed.
///
/// A value: a copy goes on exactly as the original would. It draws a page at a time, so
/// that the twelve bytes of a nonce do not each pay for a change of the inner key.
package struct SeededGenerator: Sendable {
  package static let seedBytes = 48
  static let pageBytes = 4096

  private var key: [UInt8]
  private var counter: [UInt8]
  private var page: [UInt8] = []
  private var next = 0
  /// Bytes handed out so far: what tells two states of one seed apart.
  package private(set) var drawn: UInt64 = 0

  package init(seed: UInt64) {
    self.init(entropy: Digest.sha384(Array("keyhole seed \(seed)".utf8)))
  }

  /// The entropy must be 48 bytes.
  package init(entropy: [UInt8]) {
    precondition(entropy.count == Self.seedBytes, "CTR_DRBG takes 48 bytes of entropy")
    key = [UInt8](repeating: 0, count: 32)
    counter = [UInt8](repeating: 0, count: 16)
    update(with: entropy)
  }

  package mutating func bytes(count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      fill(UnsafeMutableRawBufferPointer(buffer))
      filled = count
    }
  }

  package mutating func fill(_ output: UnsafeMutableRawBufferPointer) {
    var written = 0
    while written < output.count {
      if next == page.count { turnPage() }
      let part = min(output.count - written, page.count - next)
      page.withUnsafeBytes {
        output.baseAddress?.advanced(by: written).copyMemory(
          from: $0.baseAddress.unsafelyUnwrapped + next, byteCount: part)
      }
      next += part
      written += part
    }
    drawn += UInt64(output.count)
  }

  package mutating func secretKey(count: Int = SecretKey.byteCount) -> SecretKey {
    SecretKey(count: count) { fill($0) }
  }

  /// A number below `bound`, each equally likely; `bound` must be positive.
  package mutating func number(below bound: UInt64) -> UInt64 {
    let limit = UInt64.max - UInt64.max % bound
    while true {
      let word = bytes(count: 8).reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
      if word < limit { return word % bound }
    }
  }

  private mutating func turnPage() {
    page = keystream(count: Self.pageBytes)
    update(with: [UInt8](repeating: 0, count: Self.seedBytes))
    next = 0
  }

  /// CTR_DRBG_Update: new key and counter from the old ones and the provided data.
  private mutating func update(with provided: [UInt8]) {
    let fresh = keystream(count: Self.seedBytes)
    let mixed = zip(fresh, provided).map { $0 ^ $1 }
    key = Array(mixed[..<32])
    counter = Array(mixed[32...])
  }

  /// AES-256 of the next counter values, leaving the counter at the last one used.
  private mutating func keystream(count: Int) -> [UInt8] {
    let blocks = (count + 15) / 16
    advanceCounter(by: 1)
    var output = [UInt8](repeating: 0, count: count)
    let zeros = output
    var written: Int32 = 0
    guard let context = EVP_CIPHER_CTX_new() else { preconditionFailure("out of memory") }
    defer { EVP_CIPHER_CTX_free(context) }
    let done =
      EVP_EncryptInit_ex(context, EVP_aes_256_ctr(), nil, key, counter) == 1
      && EVP_EncryptUpdate(context, &output, &written, zeros, Int32(count)) == 1
    precondition(done, "AES-256-CTR failed")
    advanceCounter(by: blocks - 1)
    return output
  }

  private mutating func advanceCounter(by step: Int) {
    var carry = step
    for place in counter.indices.reversed() where carry > 0 {
      let sum = Int(counter[place]) + carry
      counter[place] = UInt8(sum & 255)
      carry = sum >> 8
    }
  }
}

extension SeededGenerator {
  package func fold(into fingerprint: inout Fingerprint) { fingerprint.fold(drawn) }
}
