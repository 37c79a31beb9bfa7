import CLibCrypto

/// libcrypto's contexts, fetched once and kept: no state that a result depends on.
///
/// Not for use by two threads at once; whoever copies a cloud to another thread makes a
/// new engine there.
package final class CipherEngine {
  private let gcm: OpaquePointer
  private let sealing: OpaquePointer
  private let opening: OpaquePointer
  private let md5Digest: OpaquePointer
  private let md5Context: OpaquePointer
  /// The keys that the two contexts hold: setting one costs more than sealing 256 bytes.
  private var sealingKey: SecretKey?
  private var openingKey: SecretKey?
  /// For keys of other lengths, and where nonce and tag lie apart.
  package private(set) lazy var detached = DetachedGCM()

  package init() {
    guard let gcm = EVP_CIPHER_fetch(nil, "AES-256-GCM", nil),
      let sealing = EVP_CIPHER_CTX_new(), let opening = EVP_CIPHER_CTX_new(),
      let md5Digest = EVP_MD_fetch(nil, "MD5", nil), let md5Context = EVP_MD_CTX_new(),
      EVP_EncryptInit_ex2(sealing, gcm, nil, nil, nil) == 1,
      EVP_DecryptInit_ex2(opening, gcm, nil, nil, nil) == 1
    else { preconditionFailure("libcrypto lacks AES-256-GCM or MD5") }
    self.gcm = gcm
    self.sealing = sealing
    self.opening = opening
    self.md5Digest = md5Digest
    self.md5Context = md5Context
  }

  deinit {
    EVP_CIPHER_CTX_free(sealing)
    EVP_CIPHER_CTX_free(opening)
    EVP_CIPHER_free(gcm)
    EVP_MD_CTX_free(md5Context)
    EVP_MD_free(md5Digest)
  }

  /// MD5 as a big-endian 128-bit number, which is how Kinesis places a partition key.
  package func md5(_ bytes: UnsafeRawBufferPointer) -> UInt128 {
    var words: (UInt64, UInt64) = (0, 0)
    withUnsafeMutableBytes(of: &words) { output in
      let done =
        EVP_DigestInit_ex2(md5Context, md5Digest, nil) == 1
        && EVP_DigestUpdate(md5Context, bytes.baseAddress, bytes.count) == 1
        && EVP_DigestFinal_ex(
          md5Context, output.baseAddress?.assumingMemoryBound(to: UInt8.self), nil) == 1
      precondition(done, "MD5 failed")
    }
    return UInt128(UInt64(bigEndian: words.0)) << 64 | UInt128(UInt64(bigEndian: words.1))
  }
}

// MARK: AES-256-GCM

extension CipherEngine {
  package static let nonceBytes = 12
  package static let tagBytes = 16

  /// Writes nonce, ciphertext and tag, one behind the other, to `output`, which must have
  /// room for 28 bytes more than the plaintext.
  ///
  /// The nonce is already there: the caller draws it into the first 12 bytes.
  package func seal(
    _ plaintext: UnsafeRawBufferPointer, under key: SecretKey,
    boundTo additional: UnsafeRawBufferPointer, into output: UnsafeMutableRawPointer
  ) {
    let bytes = output.assumingMemoryBound(to: UInt8.self)
    var done: Int32
    if sealingKey === key {
      done = EVP_EncryptInit_ex2(sealing, nil, nil, bytes, nil)
    } else {
      done = EVP_EncryptInit_ex2(sealing, nil, key.pointer, bytes, nil)
      sealingKey = key
    }
    var written: Int32 = 0
    if !additional.isEmpty {
      done &= EVP_EncryptUpdate(
        sealing, nil, &written, additional.baseAddress?.assumingMemoryBound(to: UInt8.self),
        Int32(additional.count))
    }
    let body = bytes + Self.nonceBytes
    if !plaintext.isEmpty {
      done &= EVP_EncryptUpdate(
        sealing, body, &written, plaintext.baseAddress?.assumingMemoryBound(to: UInt8.self),
        Int32(plaintext.count))
    }
    done &= EVP_EncryptFinal_ex(sealing, body + plaintext.count, &written)
    done &= keyhole_gcm_get_tag(sealing, body + plaintext.count, Int32(Self.tagBytes))
    precondition(done == 1, "AES-256-GCM could not seal")
  }

  /// Opens nonce, ciphertext and tag. Nothing when any bit of them, of the key or of the
  /// additional data is not what was sealed.
  package func open(
    _ sealed: UnsafeRawBufferPointer, under key: SecretKey,
    boundTo additional: UnsafeRawBufferPointer
  ) -> [UInt8]? {
    let length = sealed.count - Self.nonceBytes - Self.tagBytes
    guard length >= 0, let start = sealed.baseAddress else { return nil }
    let bytes = start.assumingMemoryBound(to: UInt8.self)
    var done: Int32
    if openingKey === key {
      done = EVP_DecryptInit_ex2(opening, nil, nil, bytes, nil)
    } else {
      done = EVP_DecryptInit_ex2(opening, nil, key.pointer, bytes, nil)
      openingKey = key
    }
    var written: Int32 = 0
    if !additional.isEmpty {
      done &= EVP_DecryptUpdate(
        opening, nil, &written, additional.baseAddress?.assumingMemoryBound(to: UInt8.self),
        Int32(additional.count))
    }
    let plaintext = [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
      if length > 0 {
        done &= EVP_DecryptUpdate(
          opening, buffer.baseAddress, &written, bytes + Self.nonceBytes, Int32(length))
      }
      count = length
    }
    done &= keyhole_gcm_set_tag(
      opening, bytes + Self.nonceBytes + length, Int32(Self.tagBytes))
    var last: (UInt64, UInt64) = (0, 0)
    done &= withUnsafeMutableBytes(of: &last) {
      EVP_DecryptFinal_ex(opening, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), &written)
    }
    return done == 1 ? plaintext : nil
  }

  /// The same for arrays, with the nonce given: for the few bytes of a wrapped key.
  package func seal(
    _ plaintext: [UInt8], under key: SecretKey, nonce: [UInt8], boundTo additional: [UInt8]
  ) -> [UInt8] {
    precondition(nonce.count == Self.nonceBytes, "a GCM nonce has 12 bytes")
    var sealed = nonce + [UInt8](repeating: 0, count: plaintext.count + Self.tagBytes)
    sealed.withUnsafeMutableBytes { output in
      plaintext.withUnsafeBytes { plaintext in
        additional.withUnsafeBytes { additional in
          if let start = output.baseAddress {
            seal(plaintext, under: key, boundTo: additional, into: start)
          }
        }
      }
    }
    return sealed
  }

  package func open(_ sealed: [UInt8], under key: SecretKey, boundTo additional: [UInt8])
    -> [UInt8]?
  {
    sealed.withUnsafeBytes { sealed in
      additional.withUnsafeBytes { open(sealed, under: key, boundTo: $0) }
    }
  }
}
