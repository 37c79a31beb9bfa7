import CLibCrypto

/// A curve for ECDSA, and the hash that goes with it.
package enum Curve: String, Hashable, Sendable {
  case p256 = "P-256"
  case p384 = "P-384"

  package var hash: HashName { self == .p256 ? .sha256 : .sha384 }
  /// Bytes of a private key, and of a coordinate.
  package var byteCount: Int { self == .p256 ? 32 : 48 }
  /// Bytes of a point with one coordinate and a sign.
  package var pointBytes: Int { byteCount + 1 }

  fileprivate var number: Int32 { self == .p256 ? NID_X9_62_prime256v1 : NID_secp384r1 }
}

/// An ECDSA key pair whose signatures need no chance: the nonce is that of RFC 6979, so the same key
/// and message give the same signature in every process.
package final class SigningKey: Sendable {
  package let curve: Curve
  /// The public point, compressed.
  package let publicPoint: [UInt8]
  private let secret: SecretKey

  package convenience init(_ curve: Curve, random: inout SeededGenerator) {
    while true {
      if let key = SigningKey(curve, scalar: random.secretKey(count: curve.byteCount)) {
        self.init(key)
        return
      }
    }
  }

  private init(_ other: SigningKey) {
    curve = other.curve
    publicPoint = other.publicPoint
    secret = other.secret
  }

  /// Nothing for a number that is zero, or not below the order of the curve.
  package init?(_ curve: Curve, scalar: SecretKey) {
    guard scalar.count == curve.byteCount else { return nil }
    let group = Group(curve)
    let number = Number(scalar)
    guard BN_is_zero(number.value) == 0, BN_cmp(number.value, group.order) < 0 else { return nil }
    self.curve = curve
    secret = scalar
    publicPoint = group.compressed(group.point(times: number))
  }

  /// ECDSA (FIPS 186-4) in DER over the digest of the message.
  package func sign(_ message: UnsafeRawBufferPointer) -> [UInt8] {
    let group = Group(curve)
    let digest = Digest.of(message, with: curve.hash)
    let (hashed, key) = (Number(digest), Number(secret))
    var nonces = Nonces(secret, digest, group)
    while true {
      let nonce = nonces.next()
      let r = group.coordinate(of: group.point(times: nonce))
      guard BN_is_zero(r.value) == 0 else { continue }
      // s = (hash + r × key) / nonce, all modulo the order of the curve.
      let (s, inverse) = (Number(), Number())
      let done =
        BN_mod_mul(s.value, r.value, key.value, group.order, group.context) == 1
        && BN_mod_add(s.value, s.value, hashed.value, group.order, group.context) == 1
        && BN_mod_inverse(inverse.value, nonce.value, group.order, group.context) != nil
        && BN_mod_mul(s.value, s.value, inverse.value, group.order, group.context) == 1
      precondition(done, "libcrypto could not sign")
      if BN_is_zero(s.value) == 0 { return Self.der(r, s) }
    }
  }

  private static func der(_ r: Number, _ s: Number) -> [UInt8] {
    guard let signature = ECDSA_SIG_new() else { preconditionFailure("out of memory") }
    defer { ECDSA_SIG_free(signature) }
    // The signature takes both numbers over.
    let done = ECDSA_SIG_set0(signature, BN_dup(r.value), BN_dup(s.value)) == 1
    let length = i2d_ECDSA_SIG(signature, nil)
    precondition(done && length > 0, "a signature has no DER")
    return [UInt8](unsafeUninitializedCapacity: Int(length)) { buffer, count in
      var next = buffer.baseAddress
      count = Int(i2d_ECDSA_SIG(signature, &next))
    }
  }
}

/// The public half: checks what a signing key signed.
package final class VerificationKey: Sendable {
  package let curve: Curve
  nonisolated(unsafe) private let key: OpaquePointer

  /// Nothing for bytes that are no point of the curve.
  package init?(_ curve: Curve, point: [UInt8]) {
    guard let key = keyhole_ec_public_key(curve.rawValue, point, point.count) else {
      ERR_clear_error()
      return nil
    }
    self.curve = curve
    self.key = key
  }

  deinit { EVP_PKEY_free(key) }

  package func verifies(_ signature: [UInt8], of message: UnsafeRawBufferPointer) -> Bool {
    guard let context = EVP_MD_CTX_new() else { preconditionFailure("out of memory") }
    defer { EVP_MD_CTX_free(context) }
    let done =
      EVP_DigestVerifyInit_ex(context, nil, curve.hash.rawValue, nil, nil, key, nil) == 1
      && EVP_DigestVerify(
        context, signature, signature.count,
        message.baseAddress?.assumingMemoryBound(to: UInt8.self), message.count) == 1
    ERR_clear_error()
    return done
  }
}

// MARK: libcrypto's numbers and points

/// A number that is wiped when it goes, and whose operations take a time that does not tell its value.
private final class Number {
  let value: OpaquePointer

  init() {
    guard let value = BN_new() else { preconditionFailure("out of memory") }
    BN_set_flags(value, BN_FLG_CONSTTIME)
    self.value = value
  }

  convenience init(_ bytes: [UInt8]) {
    self.init()
    BN_bin2bn(bytes, Int32(bytes.count), value)
  }

  convenience init(_ key: SecretKey) {
    self.init()
    key.withBytes {
      _ = BN_bin2bn($0.baseAddress?.assumingMemoryBound(to: UInt8.self), Int32($0.count), value)
    }
  }

  deinit { BN_clear_free(value) }

  func bytes(count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    BN_bn2binpad(value, &bytes, Int32(count))
    return bytes
  }
}

private final class Group {
  let curve: Curve
  let group: OpaquePointer
  let context: OpaquePointer
  let order: OpaquePointer

  init(_ curve: Curve) {
    guard let group = EC_GROUP_new_by_curve_name(curve.number), let context = BN_CTX_new(),
      let order = EC_GROUP_get0_order(group)
    else { preconditionFailure("libcrypto lacks \(curve.rawValue)") }
    self.curve = curve
    self.group = group
    self.context = context
    self.order = order
  }

  deinit {
    BN_CTX_free(context)
    EC_GROUP_free(group)
  }

  func point(times number: Number) -> Point {
    let point = Point(group)
    let done = EC_POINT_mul(group, point.value, number.value, nil, nil, context)
    precondition(done == 1, "libcrypto could not multiply a point")
    return point
  }

  func compressed(_ point: Point) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: curve.pointBytes)
    let length = EC_POINT_point2oct(
      group, point.value, POINT_CONVERSION_COMPRESSED, &bytes, bytes.count, context)
    precondition(length == bytes.count, "a point has another length than its curve's")
    return bytes
  }

  /// The first coordinate, modulo the order.
  func coordinate(of point: Point) -> Number {
    let number = Number()
    let done =
      EC_POINT_get_affine_coordinates(group, point.value, number.value, nil, context) == 1
      && BN_nnmod(number.value, number.value, order, context) == 1
    precondition(done, "a point has no coordinate")
    return number
  }
}

private final class Point {
  let value: OpaquePointer

  init(_ group: OpaquePointer) {
    guard let value = EC_POINT_new(group) else { preconditionFailure("out of memory") }
    self.value = value
  }

  deinit { EC_POINT_clear_free(value) }
}

/// The nonces of RFC 6979, section 3.2: one after the other, though the first one nearly always serves.
/// Hash and order have the same length on both curves.
private struct Nonces {
  private let group: Group
  private var key: SecretKey
  private var value: [UInt8]

  init(_ secret: SecretKey, _ digest: [UInt8], _ group: Group) {
    self.group = group
    let (size, hash) = (group.curve.byteCount, group.curve.hash)
    let hashed = Number(digest)
    BN_nnmod(hashed.value, hashed.value, group.order, group.context)
    let seed = secret.bytes + hashed.bytes(count: size)
    value = [UInt8](repeating: 1, count: hash.size)
    key = SecretKey([UInt8](repeating: 0, count: hash.size))
    for mark in [0, 1] as [UInt8] { stir([mark] + seed) }
  }

  mutating func next() -> Number {
    while true {
      value = MessageCode.hmac(group.curve.hash, key: key, of: value)
      let candidate = Number(value)
      if BN_is_zero(candidate.value) == 0, BN_cmp(candidate.value, group.order) < 0 {
        stir([0])
        return candidate
      }
      stir([0])
    }
  }

  private mutating func stir(_ bytes: [UInt8]) {
    key = SecretKey(MessageCode.hmac(group.curve.hash, key: key, of: value + bytes))
    value = MessageCode.hmac(group.curve.hash, key: key, of: value)
  }
}
