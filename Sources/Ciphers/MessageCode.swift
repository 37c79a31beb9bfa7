import CLibCrypto

/// HMAC (RFC 2104).
package enum MessageCode {
  package static func hmac(_ hash: HashName, key: SecretKey, of message: [UInt8]) -> [UInt8] {
    var output = [UInt8](repeating: 0, count: hash.size)
    var length = 0
    let done = key.withBytes { key in
      EVP_Q_mac(
        nil, "HMAC", nil, hash.rawValue, nil, key.baseAddress, key.count, message, message.count,
        &output, output.count, &length)
    }
    precondition(done != nil && length == hash.size, "libcrypto lacks HMAC with \(hash.rawValue)")
    return output
  }
}

/// HKDF (RFC 5869): keys from a secret, a salt and a purpose.
package enum KeyDerivation {
  /// `count` bytes, at most 255 digests long. An empty salt is a digest of zeros.
  package static func hkdf(
    _ hash: HashName, secret: [UInt8], salt: [UInt8], info: [UInt8], count: Int
  ) -> [UInt8] {
    expand(hash, extract(hash, secret: SecretKey(secret), salt: salt), info: info, count: count)
      .bytes
  }

  /// The first half: the key from which others are expanded. An empty salt is a digest of zeros.
  package static func extract(_ hash: HashName, secret: SecretKey, salt: [UInt8]) -> SecretKey {
    let salt = salt.isEmpty ? [UInt8](repeating: 0, count: hash.size) : salt
    return SecretKey(
      secret.withBytes { MessageCode.hmac(hash, key: SecretKey(salt), of: Array($0)) })
  }

  /// The second half: `count` bytes for one purpose, at most 255 digests long.
  package static func expand(_ hash: HashName, _ extracted: SecretKey, info: [UInt8], count: Int)
    -> SecretKey
  {
    precondition((0...255 * hash.size).contains(count), "HKDF gives at most 255 digests")
    var output: [UInt8] = []
    var block: [UInt8] = []
    var number: UInt8 = 1
    while output.count < count {
      block = MessageCode.hmac(hash, key: extracted, of: block + info + [number])
      output += block
      number &+= 1
    }
    defer {
      OPENSSL_cleanse(&output, output.count)
      OPENSSL_cleanse(&block, block.count)
    }
    return SecretKey(output.prefix(count))
  }
}
