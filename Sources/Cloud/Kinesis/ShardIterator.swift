import Ciphers
import Values

extension Kinesis {
  /// A place in a shard, valid for five minutes.
  ///
  /// The text is base64 of eight bytes `00…01`, the place, and a tag under Kinesis's own key, so
  /// that no caller can make one up. The same place at the same time is the same text.
  struct ShardIterator: Hashable, Sendable {
    var stream: Int32
    var shard: Int32
    /// The index of the next record.
    var record: Int64
    var made: Instant

    private static let prefix: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 1]
    private static let contentBytes = 24

    /// Reads the place without looking at the tag. Nothing for what is no iterator.
    init?(reading text: String) {
      guard let bytes = Base64.decode(text), bytes.starts(with: Self.prefix),
        bytes.count == Self.prefix.count + Self.contentBytes + CipherEngine.tagBytes
      else { return nil }
      var rest = Array(bytes.dropFirst(Self.prefix.count))
      func take(_ count: Int) -> UInt64 {
        defer { rest.removeFirst(count) }
        return rest.prefix(count).reduce(0) { $0 << 8 | UInt64($1) }
      }
      stream = Int32(truncatingIfNeeded: take(4))
      shard = Int32(truncatingIfNeeded: take(4))
      record = Int64(bitPattern: take(8))
      made = Instant(milliseconds: Int64(bitPattern: take(8)))
    }

    init(stream: Int32, shard: Int32, record: Int64, made: Instant) {
      self.stream = stream
      self.shard = shard
      self.record = record
      self.made = made
    }

    func text(sealedBy engine: CipherEngine, under key: SecretKey) -> String {
      Base64.encode(Self.prefix + content + tag(engine, key))
    }

    /// Whether Kinesis made that text.
    func isGenuine(_ text: String, _ engine: CipherEngine, under key: SecretKey) -> Bool {
      Base64.decode(text).map { Array($0.suffix(CipherEngine.tagBytes)) } == tag(engine, key)
    }

    private var content: [UInt8] {
      var content: [UInt8] = []
      func push(_ value: UInt64, _ count: Int) {
        for place in (0..<count).reversed() {
          content.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * place)))
        }
      }
      push(UInt64(UInt32(bitPattern: stream)), 4)
      push(UInt64(UInt32(bitPattern: shard)), 4)
      push(UInt64(bitPattern: record), 8)
      push(UInt64(bitPattern: made.milliseconds), 8)
      return content
    }

    /// GCM's tag over the content alone. The nonce is the content's digest, so that it differs
    /// wherever the content does and needs no draw from the world.
    private func tag(_ engine: CipherEngine, _ key: SecretKey) -> [UInt8] {
      let nonce = Array(Digest.sha256(content).prefix(CipherEngine.nonceBytes))
      return Array(
        engine.seal([], under: key, nonce: nonce, boundTo: content).suffix(CipherEngine.tagBytes))
    }
  }
}
