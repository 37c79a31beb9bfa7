import Ciphers

extension KMS {
  /// The bytes that KMS hands out for what it has sealed.
  ///
  /// `01 02 03 00 78` as the service's own begin, 16 bytes of key id, 4 bytes of material index
  /// (big-endian), then nonce, AES-256-GCM ciphertext and tag. The additional data is all that
  /// stands before the nonce, and the encryption context.
  ///
  /// Simplified: the service derives a key per request (SP 800-108) and writes DER; here the key
  /// material seals directly. Source: AWS KMS Cryptographic Details, for the parts kept.
  package struct CiphertextBlob: Hashable, Sendable {
    static let magic: [UInt8] = [0x01, 0x02, 0x03, 0x00, 0x78]
    package static let headerBytes = magic.count + 16 + 4
    package static let overhead = headerBytes + CipherEngine.nonceBytes + CipherEngine.tagBytes

    let header: [UInt8]
    /// The 16 bytes of the key's id, which related multi-Region keys share.
    let keyID: [UInt8]
    let material: Int
    let sealed: [UInt8]

    /// Nothing for bytes that KMS did not write.
    init?(_ bytes: [UInt8]) {
      guard bytes.count >= Self.overhead, bytes.starts(with: Self.magic) else { return nil }
      header = Array(bytes[..<Self.headerBytes])
      keyID = Array(header[Self.magic.count..<Self.magic.count + 16])
      material = header[(Self.magic.count + 16)...].reduce(0) { $0 << 8 | Int($1) }
      sealed = Array(bytes[Self.headerBytes...])
    }

    /// Seals under one material of the key with those 16 bytes of id, with a nonce from the world's generator.
    static func seal(
      _ plaintext: UnsafeRawBufferPointer, under secret: SecretKey, of keyID: [UInt8],
      material index: Int, boundTo context: EncryptionContext, random: inout SeededGenerator,
      with engine: CipherEngine
    ) -> [UInt8] {
      var header = magic + keyID
      for shift in [24, 16, 8, 0] { header.append(UInt8(truncatingIfNeeded: index >> shift)) }
      let additional = header + context.bytes
      let size = headerBytes + CipherEngine.nonceBytes + plaintext.count + CipherEngine.tagBytes
      return [UInt8](unsafeUninitializedCapacity: size) { output, count in
        _ = output.update(fromContentsOf: header)
        let body = UnsafeMutableRawBufferPointer(
          rebasing: UnsafeMutableRawBufferPointer(output)[headerBytes...])
        random.fill(UnsafeMutableRawBufferPointer(rebasing: body[..<CipherEngine.nonceBytes]))
        if let start = body.baseAddress {
          additional.withUnsafeBytes {
            engine.seal(plaintext, under: secret, boundTo: $0, into: start)
          }
        }
        count = size
      }
    }
  }
}

extension KMS {
  /// Whether bytes are such as KMS hands out for what it has sealed.
  package static func isCiphertext(_ bytes: [UInt8]) -> Bool { CiphertextBlob(bytes) != nil }
}
