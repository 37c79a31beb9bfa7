import Ciphers
import Synchronization
import Values

extension CloudTrail {
  /// A file that CloudTrail put into a bucket. Its bytes are made when somebody first reads it or lists
  /// it, from the rows of the journal that it stands for.
  ///
  /// Safe to share: those rows never change, nor does what their records quote of the world, so that
  /// every copy of it makes the same bytes; and a lab stays on one thread. It holds no trail: a trail
  /// holds its files.
  package final class WrittenFile: @unchecked Sendable {
    enum Kind: Sendable {
      /// What a trail of that Region took when, and the part of the journal.
      case log([Segment], home: Region, from: Cursor, to: Cursor, Region)
      case digest(DigestFile)
    }

    private(set) var kind: Kind
    private var made: [UInt8]?
    private var hashed: String?
    private var signed: String?

    init(_ kind: Kind) { self.kind = kind }

    package func bytes(in cloud: Cloud) -> [UInt8] {
      if let made { return made }
      return make(in: cloud).bytes
    }

    /// Both of one text, whichever is asked for first.
    private func make(in cloud: Cloud) -> (bytes: [UInt8], hash: String) {
      signThoseBefore(in: cloud)
      let text = Array(text(in: cloud).utf8)
      let both = (bytes: Gzip.compress(text), hash: Hex.text(Digest.sha256(text)))
      made = both.bytes
      hashed = both.hash
      return both
    }

    /// SHA-256 of what is in the file before it is compressed, as hexadecimal digits.
    func hash(in cloud: Cloud) -> String {
      hashed ?? make(in: cloud).hash
    }

    /// The signature of a digest file, as hexadecimal digits; log files have none.
    func signature(in cloud: Cloud) -> String? {
      guard case .digest(let file) = kind else { return nil }
      if let signed { return signed }
      signThoseBefore(in: cloud)
      let text = file.signedText(hash: hash(in: cloud), in: cloud)
      let signature = Hex.text(cloud.world.digestKeys[file.region].pair.sign(Array(text.utf8)))
      signed = signature
      return signature
    }

    private var previous: WrittenFile? {
      if case .digest(let file) = kind { file.previous?.written } else { nil }
    }

    /// Each digest file has the signature of the one before. The oldest is signed first, so that a
    /// chain of thousands asks no deeper than one.
    private func signThoseBefore(in cloud: Cloud) {
      var unsigned: [WrittenFile] = []
      var file = previous
      while let found = file, found.signed == nil {
        unsigned.append(found)
        file = found.previous
      }
      for file in unsigned.reversed() { _ = file.signature(in: cloud) }
    }

    private func text(in cloud: Cloud) -> String {
      switch kind {
      case .log(let segments, let home, let from, let to, let region):
        var records: [String] = []
        cloud.eachRow(of: segments, home: home, from: from, to: to) { row in
          if cloud.region(of: row) == region { records.append(cloud.text(of: row)) }
          return true
        }
        return "{\"Records\":[\(records.joined(separator: ","))]}"
      case .digest(let file): return file.json(in: cloud).compact
      }
    }

    /// Takes the file before out of a digest file, which is about to go.
    private func unlink() -> WrittenFile? {
      guard case .digest(var file) = kind else { return nil }
      let before = file.previous?.written
      file.previous = nil
      kind = .digest(file)
      return before
    }

    deinit {
      // One after the other: a chain that lets go of itself goes as deep as it is long.
      var next = unlink()
      while next != nil, isKnownUniquelyReferenced(&next) {
        let before = next?.unlink()
        next = before
      }
    }
  }

  /// What a digest file says: the log files of a time, with what they hash to, and the digest before,
  /// with its hash and its signature.
  ///
  /// Source: CloudTrail User Guide, digest file structure. Simplified: there is none for a time without
  /// log files.
  struct DigestFile: Sendable {
    static let algorithm = "SHA256withRSA"

    let account: String
    let region: Region
    let bucket: String
    let key: String
    let start: Instant
    let end: Instant
    let files: [(file: File, bucket: String, written: WrittenFile)]
    fileprivate(set) var previous: WrittenDigest?

    func json(in cloud: Cloud) -> JSON {
      let newest = files.map(\.file.newest).max()
      let oldest = files.map(\.file.oldest).min()
      func text(_ value: String?) -> JSON { value.map { .string($0) } ?? .null }
      return [
        "awsAccountId": .string(account), "digestStartTime": .string(start.zulu),
        "digestEndTime": .string(end.zulu), "digestS3Bucket": .string(bucket),
        "digestS3Object": .string(key),
        "digestPublicKeyFingerprint": .string(cloud.world.digestKeys[region].fingerprint),
        "digestSignatureAlgorithm": .string(Self.algorithm),
        "newestEventTime": text(newest?.zulu), "oldestEventTime": text(oldest?.zulu),
        "previousDigestS3Bucket": text(previous?.bucket),
        "previousDigestS3Object": text(previous?.key),
        "previousDigestHashValue": text(previous?.written.hash(in: cloud)),
        "previousDigestHashAlgorithm": text(previous.map { _ in "SHA-256" }),
        "previousDigestSignature": text(previous?.written.signature(in: cloud)),
        "logFiles": .array(
          files.map { file in
            [
              "s3Bucket": .string(file.bucket), "s3Object": .string(file.file.key),
              "hashValue": .string(file.written.hash(in: cloud)), "hashAlgorithm": "SHA-256",
              "newestEventTime": .string(file.file.newest.zulu),
              "oldestEventTime": .string(file.file.oldest.zulu),
            ]
          }),
      ]
    }

    /// Source: CloudTrail User Guide, custom implementations of log file integrity validation: the end
    /// of its time, where it lies, what it hashes to, and the signature before.
    fileprivate func signedText(hash: String, in cloud: Cloud) -> String {
      let before = previous?.written.signature(in: cloud) ?? "null"
      return "\(end.zulu)\n\(bucket)/\(key)\n\(hash)\n\(before)"
    }
  }

  /// A digest file where it was put.
  struct WrittenDigest: Sendable {
    let bucket: String
    let key: String
    let written: WrittenFile
  }

  // MARK: Keys

  /// A key pair with which CloudTrail signs in one Region.
  package struct DigestKey: Sendable {
    let pair: RSAKey
    /// RSAPublicKey of PKCS #1, in DER.
    let publicKey: [UInt8]

    init(_ pair: RSAKey) {
      self.pair = pair
      publicKey = pair.publicPKCS1
    }

    /// Assumed: MD5 of the public key; AWS says only that it is one.
    var fingerprint: String { Hex.text(Digest.of(publicKey, with: .md5)) }
  }

  /// The key pairs of all Regions, each made when it is first needed. They follow from the world's seed
  /// and cost it no chance, so every copy of a world has the same.
  ///
  /// Source: CloudTrail User Guide, validating log file integrity: keys of their own for each Region.
  /// Simplified: they never change.
  package final class DigestKeys: Sendable {
    private let seed: UInt64
    private let made = Mutex<[Region: DigestKey]>([:])

    init(seed: UInt64) { self.seed = seed }

    package subscript(region: Region) -> DigestKey {
      made.withLock { made in
        if let key = made[region] { return key }
        var random = SeededGenerator(
          entropy: Digest.sha384(Array("digest files of \(region), seed \(seed)".utf8)))
        let key = DigestKey(RSAKey(bits: 2048, random: &random))
        made[region] = key
        return key
      }
    }
  }
}

extension S3.Object {
  /// Its own, and what CloudTrail writes there.
  /// Source: CloudTrail User Guide, digest file structure: the signature is metadata of the object.
  func metadata(in cloud: Cloud) -> [Tags.Pair] {
    guard case .trail(let file) = content, let signature = file.signature(in: cloud) else {
      return metadata
    }
    return metadata + [
      Tags.Pair(key: "signature", value: signature),
      Tags.Pair(key: "signature-algorithm", value: CloudTrail.DigestFile.algorithm),
    ]
  }
}
