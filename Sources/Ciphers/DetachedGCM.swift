import CLibCrypto

/// AES-GCM with keys of 16, 24 or 32 bytes, whose nonce and tag may lie anywhere.
///
/// Keeps its contexts, like the engine: for one thread.
package final class DetachedGCM {
  private struct Contexts {
    var sealing: OpaquePointer
    var opening: OpaquePointer
  }

  private var contexts: [Int: Contexts] = [:]
  /// libcrypto counts in 32 bits.
  private static let most = 1 << 30

  package init() {}

  deinit {
    for pair in contexts.values {
      EVP_CIPHER_CTX_free(pair.sealing)
      EVP_CIPHER_CTX_free(pair.opening)
    }
  }

  /// Writes ciphertext and tag, one behind the other, to `output`, which must have room for 16 bytes
  /// more than the plaintext. `nonce` has 12 bytes.
  package func seal(
    _ plaintext: UnsafeRawBufferPointer, under key: SecretKey, nonce: [UInt8],
    boundTo additional: [UInt8], into output: UnsafeMutableRawPointer
  ) {
    precondition(nonce.count == CipherEngine.nonceBytes, "a GCM nonce has 12 bytes")
    let context = contexts(for: key).sealing
    let bytes = output.assumingMemoryBound(to: UInt8.self)
    var done = key.withBytes {
      EVP_EncryptInit_ex2(
        context, nil, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), nonce, nil)
    }
    var written: Int32 = 0
    if !additional.isEmpty {
      done &= EVP_EncryptUpdate(context, nil, &written, additional, Int32(additional.count))
    }
    var place = 0
    while place < plaintext.count {
      let part = min(Self.most, plaintext.count - place)
      let from = plaintext.baseAddress?.assumingMemoryBound(to: UInt8.self)
      done &= EVP_EncryptUpdate(
        context, bytes + place, &written, from.map { $0 + place }, Int32(part))
      place += part
    }
    done &= EVP_EncryptFinal_ex(context, bytes + place, &written)
    done &= keyhole_gcm_get_tag(context, bytes + place, Int32(CipherEngine.tagBytes))
    precondition(done == 1, "AES-GCM could not seal")
  }

  /// Writes the plaintext to `output`, which must have room for it. False when a bit of anything is
  /// not what was sealed; then nothing is left there.
  package func open(
    _ ciphertext: UnsafeRawBufferPointer, tag: ArraySlice<UInt8>, under key: SecretKey,
    nonce: [UInt8], boundTo additional: [UInt8], into output: UnsafeMutableRawPointer
  ) -> Bool {
    guard nonce.count == CipherEngine.nonceBytes, tag.count == CipherEngine.tagBytes else {
      return false
    }
    let context = contexts(for: key).opening
    let bytes = output.assumingMemoryBound(to: UInt8.self)
    var done = key.withBytes {
      EVP_DecryptInit_ex2(
        context, nil, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), nonce, nil)
    }
    var written: Int32 = 0
    if !additional.isEmpty {
      done &= EVP_DecryptUpdate(context, nil, &written, additional, Int32(additional.count))
    }
    var place = 0
    while place < ciphertext.count {
      let part = min(Self.most, ciphertext.count - place)
      let from = ciphertext.baseAddress?.assumingMemoryBound(to: UInt8.self)
      done &= EVP_DecryptUpdate(
        context, bytes + place, &written, from.map { $0 + place }, Int32(part))
      place += part
    }
    done &= tag.withUnsafeBytes {
      keyhole_gcm_set_tag(context, $0.baseAddress, Int32(CipherEngine.tagBytes))
    }
    var last: (UInt64, UInt64) = (0, 0)
    let verified = withUnsafeMutableBytes(of: &last) {
      EVP_DecryptFinal_ex(context, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), &written)
    }
    guard done == 1, verified == 1 else {
      ERR_clear_error()
      OPENSSL_cleanse(output, ciphertext.count)
      return false
    }
    return true
  }

  /// The same for arrays: ciphertext and tag behind each other.
  package func seal(_ plaintext: [UInt8], under key: SecretKey, nonce: [UInt8], boundTo: [UInt8])
    -> [UInt8]
  {
    [UInt8](unsafeUninitializedCapacity: plaintext.count + CipherEngine.tagBytes) { output, count in
      count = plaintext.count + CipherEngine.tagBytes
      guard let start = output.baseAddress else { return }
      plaintext.withUnsafeBytes {
        seal($0, under: key, nonce: nonce, boundTo: boundTo, into: UnsafeMutableRawPointer(start))
      }
    }
  }

  /// Nothing when a bit of anything is not what was sealed.
  package func open(_ sealed: [UInt8], under key: SecretKey, nonce: [UInt8], boundTo: [UInt8])
    -> SecretKey?
  {
    let length = sealed.count - CipherEngine.tagBytes
    guard length >= 0 else { return nil }
    var isOpen = false
    let key = SecretKey(count: length) { output in
      var nothing: UInt8 = 0
      sealed.withUnsafeBytes { bytes in
        withUnsafeMutableBytes(of: &nothing) { spare in
          guard let target = output.baseAddress ?? spare.baseAddress else { return }
          isOpen = open(
            UnsafeRawBufferPointer(rebasing: bytes[..<length]), tag: sealed[length...], under: key,
            nonce: nonce, boundTo: boundTo, into: target)
        }
      }
    }
    return isOpen ? key : nil
  }

  private func contexts(for key: SecretKey) -> Contexts {
    if let known = contexts[key.count] { return known }
    precondition([16, 24, 32].contains(key.count), "an AES key has 16, 24 or 32 bytes")
    guard let cipher = EVP_CIPHER_fetch(nil, "AES-\(key.count * 8)-GCM", nil),
      let sealing = EVP_CIPHER_CTX_new(), let opening = EVP_CIPHER_CTX_new(),
      EVP_EncryptInit_ex2(sealing, cipher, nil, nil, nil) == 1,
      EVP_DecryptInit_ex2(opening, cipher, nil, nil, nil) == 1
    else { preconditionFailure("libcrypto lacks AES-GCM") }
    EVP_CIPHER_free(cipher)
    let made = Contexts(sealing: sealing, opening: opening)
    contexts[key.count] = made
    return made
  }
}
