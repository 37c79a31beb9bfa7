import CLibCrypto

/// AES-256 key wrap with padding (RFC 5649): how RSA_AES_KEY_WRAP carries key material.
package enum KeyWrap {
  /// Nothing for bytes that were not wrapped under that key.
  package static func open(_ wrapped: [UInt8], under key: SecretKey) -> [UInt8]? {
    guard wrapped.count >= 16, wrapped.count.isMultiple(of: 8) else { return nil }
    return run(wrapped, under: key, encrypting: false)
  }

  package static func seal(_ plaintext: [UInt8], under key: SecretKey) -> [UInt8] {
    guard let wrapped = run(plaintext, under: key, encrypting: true) else {
      preconditionFailure("AES key wrap could not seal")
    }
    return wrapped
  }

  private static func run(_ input: [UInt8], under key: SecretKey, encrypting: Bool) -> [UInt8]? {
    guard let cipher = EVP_CIPHER_fetch(nil, "AES-256-WRAP-PAD", nil),
      let context = EVP_CIPHER_CTX_new()
    else { preconditionFailure("libcrypto lacks AES key wrap") }
    defer {
      EVP_CIPHER_CTX_free(context)
      EVP_CIPHER_free(cipher)
    }
    EVP_CIPHER_CTX_set_flags(context, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW)
    var output = [UInt8](repeating: 0, count: input.count + 16)
    var (length, rest): (Int32, Int32) = (0, 0)
    let done =
      EVP_CipherInit_ex2(context, cipher, key.pointer, nil, encrypting ? 1 : 0, nil) == 1
      && EVP_CipherUpdate(context, &output, &length, input, Int32(input.count)) == 1
      && EVP_CipherFinal_ex(context, &output[Int(length)], &rest) == 1
    return done ? Array(output[..<Int(length + rest)]) : nil
  }
}
