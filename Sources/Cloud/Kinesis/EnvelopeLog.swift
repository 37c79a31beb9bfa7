import Ciphers

extension Kinesis {
  /// The wrapped data keys of a stream, as they lie on the disk, in the order in which they came.
  ///
  /// Under the described model each record has one of its own. They differ in nonce, ciphertext and tag
  /// alone, 60 bytes: what stands before, which names key and material, and the context are kept once.
  package struct EnvelopeLog: Sendable {
    /// 68 bytes.
    private struct Row: Sendable {
      var key: Int32
      /// Which head and which context; `odd` for a blob that is kept whole.
      var head: UInt16
      var context: UInt16
      var sealed: Sealed
    }

    /// Nonce, wrapped key and tag; fifteen words, so that a row leaves no gap.
    private typealias Sealed = (
      UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32,
      UInt32,
      UInt32, UInt32, UInt32
    )

    private var rows = AppendLog<Row>(firstCapacity: 8, largestCapacity: 131_072)
    private var heads: [[UInt8]] = []
    private var contexts: [[UInt8]] = []
    /// What does not fit into a row, by its place.
    private var whole: [Int: Envelope] = [:]

    private static let headBytes = KMS.CiphertextBlob.headerBytes
    private static let blobBytes = headBytes + MemoryLayout<Sealed>.size
    private static let odd = UInt16.max

    package var count: Int { rows.count }
    package var last: Envelope? { rows.isEmpty ? nil : self[count - 1] }

    /// Bytes that it takes, what is not yet used of its chunks included.
    package var footprint: Int { rows.footprint }
    package var used: Int { rows.used }

    @discardableResult
    mutating func append(_ envelope: Envelope) -> Int {
      let blob = envelope.blob
      let context = envelope.context
      guard blob.count == Self.blobBytes,
        let headPlace = Self.place(
          in: &heads, where: { $0.elementsEqual(blob[..<Self.headBytes]) },
          otherwise: { Array(blob[..<Self.headBytes]) }),
        // The stream's own array, which compares by its place in the memory.
        let contextPlace = Self.place(
          in: &contexts, where: { $0 == context }, otherwise: { context })
      else {
        whole[rows.count] = envelope
        return rows.append(
          Row(
            key: envelope.key, head: Self.odd, context: 0,
            sealed: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)))
      }
      return rows.append(
        Row(
          key: envelope.key, head: headPlace, context: contextPlace,
          sealed: blob.withUnsafeBytes {
            $0.loadUnaligned(fromByteOffset: Self.headBytes, as: Sealed.self)
          }))
    }

    package subscript(place: Int) -> Envelope {
      rows.withElement(at: place) { row in
        guard row.pointee.head != Self.odd else {
          return whole[place] ?? Envelope(key: row.pointee.key, blob: [], context: [])
        }
        let head = heads[Int(row.pointee.head)]
        let blob = [UInt8](unsafeUninitializedCapacity: Self.blobBytes) { output, count in
          _ = output.update(fromContentsOf: head)
          withUnsafeBytes(of: row.pointee.sealed) {
            UnsafeMutableRawBufferPointer(output).baseAddress?.advanced(by: Self.headBytes)
              .copyMemory(from: $0.baseAddress.unsafelyUnwrapped, byteCount: $0.count)
          }
          count = Self.blobBytes
        }
        return Envelope(
          key: row.pointee.key, blob: blob, context: contexts[Int(row.pointee.context)])
      }
    }

    /// The slot of the KMS key that one lies under.
    @inline(__always)
    package func key(of place: Int) -> Int32 { rows.withElement(at: place) { $0.pointee.key } }

    func context(of place: Int) -> [UInt8] {
      rows.withElement(at: place) { row in
        row.pointee.head == Self.odd
          ? whole[place]?.context ?? [] : contexts[Int(row.pointee.context)]
      }
    }

    /// Where a head or a context is kept, which mostly is the last that came; nothing when there is no room
    /// for more.
    private static func place(
      in kept: inout [[UInt8]], where isThat: ([UInt8]) -> Bool, otherwise new: () -> [UInt8]
    ) -> UInt16? {
      if let last = kept.last, isThat(last) { return UInt16(kept.count - 1) }
      if let place = kept.firstIndex(where: isThat) { return UInt16(place) }
      guard kept.count < 1000 else { return nil }
      kept.append(new())
      return UInt16(kept.count - 1)
    }
  }
}
