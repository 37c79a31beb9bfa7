import CLibCrypto

/// An RSA key pair with the public exponent 65537: KMS's side of an import of key material, and
/// CloudTrail's of a signature.
///
/// Its primes come from the lab's seeded generator, so that the same lines make the same key:
/// good for learning, and for nothing else.
package final class RSAKey: Sendable {
  /// Both primes, big-endian and of the same length, one behind the other.
  private let secret: SecretKey
  nonisolated(unsafe) private let key: OpaquePointer

  /// A key whose modulus has `bits` bits, which must be a multiple of 16, at least 512.
  package convenience init(bits: Int, random: inout SeededGenerator) {
    precondition(bits >= 512 && bits.isMultiple(of: 16), "no size for an RSA key")
    let first = BigNumber.prime(bytes: bits / 16, random: &random)
    var second = first
    while second == first { second = BigNumber.prime(bytes: bits / 16, random: &random) }
    guard let made = RSAParts(first, second) else {
      preconditionFailure("libcrypto makes no key of two primes")
    }
    self.init(made, primes: first + second)
  }

  /// The key of two primes as `primes` gives them; nothing for bytes that make no key.
  package convenience init?(primes: [UInt8]) {
    guard primes.count.isMultiple(of: 2), primes.count >= 64,
      let parts = RSAParts(
        Array(primes[..<(primes.count / 2)]), Array(primes[(primes.count / 2)...]))
    else { return nil }
    self.init(parts, primes: primes)
  }

  private init(_ parts: RSAParts, primes: [UInt8]) {
    key = parts.key
    secret = SecretKey(primes)
  }

  deinit { EVP_PKEY_free(key) }

  package var primes: [UInt8] { secret.bytes }

  /// Bytes of the modulus, and of everything wrapped with the key.
  package var byteCount: Int { secret.count }

  /// The public key as X.509's SubjectPublicKeyInfo, in DER.
  package var publicDER: [UInt8] {
    let length = i2d_PUBKEY(key, nil)
    precondition(length > 0, "the public key has no DER")
    return [UInt8](unsafeUninitializedCapacity: Int(length)) { buffer, count in
      var next = buffer.baseAddress
      count = Int(i2d_PUBKEY(key, &next))
    }
  }

  /// The public key as RSAPublicKey of PKCS #1 (RFC 8017), in DER.
  package var publicPKCS1: [UInt8] {
    let length = i2d_PublicKey(key, nil)
    precondition(length > 0, "the public key has no DER")
    return [UInt8](unsafeUninitializedCapacity: Int(length)) { buffer, count in
      var next = buffer.baseAddress
      count = Int(i2d_PublicKey(key, &next))
    }
  }

  /// RSASSA-PKCS1-v1_5 (RFC 8017) over SHA-256: a message has always the same signature.
  package func sign(_ message: [UInt8]) -> [UInt8] {
    guard let context = EVP_MD_CTX_new() else { preconditionFailure("out of memory") }
    defer { EVP_MD_CTX_free(context) }
    var signature = [UInt8](repeating: 0, count: byteCount)
    var length = signature.count
    let done =
      EVP_DigestSignInit_ex(context, nil, HashName.sha256.rawValue, nil, nil, key, nil) == 1
      && EVP_DigestSign(context, &signature, &length, message, message.count) == 1
    precondition(done && length == signature.count, "libcrypto could not sign")
    return signature
  }

  /// What was wrapped with the public key by RSAES-OAEP (RFC 8017), both hashes the same and no
  /// label; nothing for anything else.
  package func open(_ wrapped: [UInt8], hash: HashName) -> [UInt8]? {
    guard wrapped.count == byteCount, let context = EVP_PKEY_CTX_new(key, nil) else { return nil }
    defer { EVP_PKEY_CTX_free(context) }
    var output = [UInt8](repeating: 0, count: byteCount)
    var length = output.count
    let done =
      EVP_PKEY_decrypt_init(context) == 1
      && EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1
      && EVP_PKEY_CTX_set_rsa_oaep_md_name(context, hash.rawValue, nil) == 1
      && EVP_PKEY_CTX_set_rsa_mgf1_md_name(context, hash.rawValue, nil) == 1
      && EVP_PKEY_decrypt(context, &output, &length, wrapped, wrapped.count) == 1
    ERR_clear_error()
    return done ? Array(output[..<length]) : nil
  }
}

/// The public half, read from DER: the learner's side of an import, and of a signature.
package final class RSAPublicKey: Sendable {
  nonisolated(unsafe) private let key: OpaquePointer
  package let byteCount: Int

  /// Nothing for bytes that are no RSA public key.
  package convenience init?(der: [UInt8]) {
    self.init(
      der.withUnsafeBufferPointer { bytes in
        var next = bytes.baseAddress
        return d2i_PUBKEY(nil, &next, bytes.count)
      })
  }

  /// RSAPublicKey of PKCS #1 (RFC 8017), in DER; nothing for anything else.
  package convenience init?(pkcs1: [UInt8]) {
    self.init(
      pkcs1.withUnsafeBufferPointer { bytes in
        var next = bytes.baseAddress
        return d2i_PublicKey(NID_rsaEncryption, nil, &next, bytes.count)
      })
  }

  /// Takes the key over.
  private init?(_ read: OpaquePointer?) {
    guard let read else {
      ERR_clear_error()
      return nil
    }
    guard EVP_PKEY_is_a(read, "RSA") == 1 else {
      EVP_PKEY_free(read)
      return nil
    }
    key = read
    byteCount = Int(EVP_PKEY_get_size(read))
  }

  deinit { EVP_PKEY_free(key) }

  /// Whether a signature is the key's own, by RSASSA-PKCS1-v1_5 (RFC 8017) over SHA-256.
  package func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
    guard let context = EVP_MD_CTX_new() else { preconditionFailure("out of memory") }
    defer { EVP_MD_CTX_free(context) }
    let done =
      EVP_DigestVerifyInit_ex(context, nil, HashName.sha256.rawValue, nil, nil, key, nil) == 1
      && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    ERR_clear_error()
    return done
  }

  /// RSAES-OAEP (RFC 8017) with a given seed, as long as a digest, so that chance stays with the
  /// caller. Nothing for a message that is too long for the key.
  package func seal(_ message: [UInt8], hash: HashName, seed: [UInt8]) -> [UInt8]? {
    precondition(seed.count == hash.size, "an OAEP seed is as long as a digest")
    let room = byteCount - 2 * hash.size - 2
    guard message.count <= room else { return nil }
    let padding = [UInt8](repeating: 0, count: room - message.count)
    let block = Digest.of([], with: hash) + padding + [1] + message
    let maskedBlock = Self.mask(block, from: seed, hash)
    let maskedSeed = Self.mask(seed, from: maskedBlock, hash)
    return raise([0] + maskedSeed + maskedBlock)
  }

  /// Mixes MGF1 of one part into the other.
  private static func mask(_ bytes: [UInt8], from seed: [UInt8], _ hash: HashName) -> [UInt8] {
    var mask: [UInt8] = []
    var counter: UInt32 = 0
    while mask.count < bytes.count {
      let number = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: counter >> UInt32($0)) }
      mask += Digest.of(seed + number, with: hash)
      counter += 1
    }
    return zip(bytes, mask).map { $0 ^ $1 }
  }

  /// The bare RSA operation.
  private func raise(_ block: [UInt8]) -> [UInt8]? {
    guard let context = EVP_PKEY_CTX_new(key, nil) else { return nil }
    defer { EVP_PKEY_CTX_free(context) }
    var output = [UInt8](repeating: 0, count: byteCount)
    var length = output.count
    let done =
      EVP_PKEY_encrypt_init(context) == 1
      && EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING) == 1
      && EVP_PKEY_encrypt(context, &output, &length, block, block.count) == 1
    return done ? output : nil
  }
}
