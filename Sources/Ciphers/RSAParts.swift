import CLibCrypto

/// Numbers of libcrypto, as big-endian bytes outside.
enum BigNumber {
  static let exponent: UInt = 65537

  /// A prime with its two highest bits set, so that two of them make a modulus of full length, and
  /// one more than no multiple of the public exponent.
  static func prime(bytes count: Int, random: inout SeededGenerator) -> [UInt8] {
    guard let number = BN_new(), let context = BN_CTX_new() else {
      preconditionFailure("out of memory")
    }
    defer {
      BN_clear_free(number)
      BN_CTX_free(context)
    }
    while true {
      var bytes = random.bytes(count: count)
      bytes[0] |= 0xC0
      bytes[count - 1] |= 1
      BN_bin2bn(bytes, Int32(count), number)
      if BN_mod_word(number, exponent) != 1, BN_check_prime(number, context, nil) == 1 {
        return bytes
      }
    }
  }
}

/// A key of libcrypto, put together from two primes.
struct RSAParts {
  let key: OpaquePointer

  /// Nothing for numbers that make no RSA key.
  init?(_ first: [UInt8], _ second: [UInt8]) {
    let numbers = (0..<9).compactMap { _ in BN_new() }
    guard numbers.count == 9, let context = BN_CTX_new(), let builder = OSSL_PARAM_BLD_new() else {
      preconditionFailure("out of memory")
    }
    defer {
      for number in numbers { BN_clear_free(number) }
      BN_CTX_free(context)
      OSSL_PARAM_BLD_free(builder)
    }
    let (p, q, n, e, d) = (numbers[0], numbers[1], numbers[2], numbers[3], numbers[4])
    let (dp, dq, inverse, phi) = (numbers[5], numbers[6], numbers[7], numbers[8])
    BN_bin2bn(first, Int32(first.count), p)
    BN_bin2bn(second, Int32(second.count), q)
    var done = BN_set_word(e, BigNumber.exponent) == 1 && BN_mul(n, p, q, context) == 1
    // (p − 1)(q − 1) is a multiple of what the exponents need, and as good.
    done = done && BN_sub(dp, p, BN_value_one()) == 1 && BN_sub(dq, q, BN_value_one()) == 1
    done = done && BN_mul(phi, dp, dq, context) == 1 && BN_mod_inverse(d, e, phi, context) != nil
    done = done && BN_div(nil, dp, d, dp, context) == 1 && BN_div(nil, dq, d, dq, context) == 1
    done = done && BN_mod_inverse(inverse, q, p, context) != nil
    done =
      done
      && keyhole_push_rsa_parts(builder, n, e, d, p, q, dp, dq, inverse) == 1
    guard done, let parameters = OSSL_PARAM_BLD_to_param(builder),
      let maker = EVP_PKEY_CTX_new_from_name(nil, "RSA", nil)
    else {
      ERR_clear_error()
      return nil
    }
    defer {
      OSSL_PARAM_free(parameters)
      EVP_PKEY_CTX_free(maker)
    }
    var key: OpaquePointer?
    let isMade =
      EVP_PKEY_fromdata_init(maker) == 1
      && EVP_PKEY_fromdata(maker, &key, keyhole_key_pair(), parameters) == 1
    guard isMade, let key else {
      ERR_clear_error()
      return nil
    }
    self.key = key
  }
}
