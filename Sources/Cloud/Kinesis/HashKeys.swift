import Ciphers
import Values

extension Kinesis {
  /// The hash keys of partition keys that came lately: a key stands for a device or a customer and comes
  /// again and again, and hashing it costs half as much as sealing its record.
  ///
  /// Changes no result, and is shared by copies of a cloud, as the engine is.
  final class HashKeys {
    private static let places = 1024
    private var kept: [(key: [UInt8], hash: UInt128)?] = Array(repeating: nil, count: places)

    /// Bytes of one count.
    @inline(__always)
    private static func areEqual(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer)
      -> Bool
    {
      for place in left.indices where left[place] != right[place] { return false }
      return true
    }

    /// Source: Kinesis API Reference, PutRecord: MD5 of the partition key.
    func hash(of partitionKey: String, _ engine: CipherEngine) -> UInt128 {
      var text = partitionKey
      return text.withUTF8 { bytes in
        let bytes = UnsafeRawBufferPointer(bytes)
        var mark = Fingerprint()
        mark.fold(bytes)
        let place = Int(truncatingIfNeeded: mark.value) & (Self.places - 1)
        // By bytes: two spellings of one character are equal texts and two keys.
        if let known = kept[place], known.key.count == bytes.count,
          known.key.withUnsafeBytes({ Self.areEqual($0, bytes) })
        {
          return known.hash
        }
        let hash = engine.md5(bytes)
        kept[place] = (Array(bytes), hash)
        return hash
      }
    }
  }
}
