import Ciphers
import Values

/// What the learner's own computer does with keys, outside of AWS. Chance comes from the world's
/// generator all the same, so that a transcript stays true.
extension Cloud {
  package mutating func ownRandomBytes(_ count: Int) -> [UInt8] { world.random.bytes(count: count) }

  /// RSAES-OAEP with a public key in DER, both hashes the same. `hash` is openssl's name for it.
  /// Nothing for bytes that are no RSA key, a message too long for it, or another hash.
  package mutating func ownWrapping(_ message: [UInt8], under der: [UInt8], hash: String)
    -> [UInt8]?
  {
    let known: [String: HashName] = ["sha1": .sha1, "sha256": .sha256]
    guard let hash = known[hash], let key = RSAPublicKey(der: der) else { return nil }
    return key.seal(message, hash: hash, seed: world.random.bytes(count: hash.size))
  }
}
