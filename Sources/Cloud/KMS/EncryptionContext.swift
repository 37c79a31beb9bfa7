import Values

/// The pairs that a ciphertext is bound to: not secret, but without exactly them nothing opens.
///
/// Case-sensitive, in no order. Source: AWS KMS Developer Guide, encryption context.
package struct EncryptionContext: Hashable, Sendable {
  /// Sorted by key, so that two contexts with the same pairs are the same bytes.
  package let pairs: [Pair]
  /// The additional data of AES-GCM: each key and value behind its length (4 bytes, big-endian).
  package let bytes: [UInt8]

  package struct Pair: Hashable, Sendable {
    package let key: String
    package let value: String
  }

  package init(_ pairs: [(String, String)]) {
    let sorted = pairs.map { Pair(key: $0.0, value: $0.1) }.sorted {
      Array($0.key.utf8).lexicographicallyPrecedes(Array($1.key.utf8))
    }
    var bytes: [UInt8] = []
    for text in sorted.flatMap({ [$0.key, $0.value] }) {
      let length = UInt32(text.utf8.count)
      for shift in [24, 16, 8, 0] as [UInt32] {
        bytes.append(UInt8(truncatingIfNeeded: length >> shift))
      }
      bytes.append(contentsOf: text.utf8)
    }
    self.pairs = sorted
    self.bytes = bytes
  }

  /// What Kinesis sends with every request for a stream's data.
  /// Source: Kinesis Data Streams Developer Guide, permissions to use user-generated KMS keys.
  package init(stream arn: ARN) { self.init([("aws:kinesis:arn", arn.description)]) }

  /// Those of a cryptographic operation.
  /// Source: AWS KMS Developer Guide, `kms:EncryptionAlgorithm`.
  var conditions: [(key: String, values: [String])] {
    [("kms:EncryptionAlgorithm", ["SYMMETRIC_DEFAULT"])] + pairConditions
  }

  /// Source: AWS KMS Developer Guide, `kms:EncryptionContext:`, `kms:EncryptionContextKeys`.
  var pairConditions: [(key: String, values: [String])] {
    var conditions: [(key: String, values: [String])] = []
    for pair in pairs { conditions.append(("kms:EncryptionContext:\(pair.key)", [pair.value])) }
    if !pairs.isEmpty { conditions.append(("kms:EncryptionContextKeys", pairs.map(\.key))) }
    return conditions
  }
}
