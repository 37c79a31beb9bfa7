import Cloud
import Narration
import Testing
import Values

@testable import Workbook

/// A workbook with a file, and the client's lines over it.
private struct ClientLab {
  var workbook = Workbook()
  static let key = "arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012"
  static let text = "order 4711, card 4929-1111\n"

  init() {
    _ = workbook.feed("cat > order.txt <<'EOF'\n\(Self.text)EOF")
  }

  @discardableResult
  mutating func feed(_ line: String) -> Turn { workbook.feed(line) }

  mutating func encrypt(_ more: String = "", keys: String = "key=\(key)", to output: String = "o")
    -> Turn
  {
    feed("aws-encryption-cli --encrypt --input order.txt --output \(output) -S -w \(keys) \(more)")
  }

  mutating func decrypt(_ more: String = "", keys: String = "key=\(key)", from input: String = "o")
    -> Turn
  {
    feed("aws-encryption-cli --decrypt --input \(input) --output back -S -w \(keys) \(more)")
  }

  func bytes(_ name: String) -> [UInt8]? { workbook.desk.files[name] }
  func string(_ name: String) -> String? { bytes(name).map { String(decoding: $0, as: UTF8.self) } }

  func operations(since count: Int) -> [String] {
    workbook.desk.cloud.journal.suffix(from: count).map {
      "\($0.operation.operation)\($0.error.map { " \($0.error.code)" } ?? "")"
    }
  }
}

@Suite struct EncryptionCLITests {
  @Test func aFileGoesThereAndBackAndKMSSeesOnlyTheDataKey() throws {
    var lab = ClientLab()
    let count = lab.workbook.desk.cloud.journal.count
    let sealed = lab.encrypt("--encryption-context purpose=orders")
    #expect(sealed.status == 0 && sealed.reply == "" && sealed.errors == "")
    let message = try #require(lab.bytes("o"))
    #expect(Array(message.prefix(3)) == [2, 5, 0x78])
    #expect(!message.contains(Array("4929".utf8)))
    #expect(lab.operations(since: count) == ["GenerateDataKey"])
    #expect(sealed.page.text.contains("KMS: GenerateDataKey"))
    #expect(sealed.page.text.contains("became a message of \(message.count)"))
    #expect(sealed.page.text.contains("purpose=orders"))
    let opened = lab.decrypt("-c purpose=orders")
    #expect(opened.status == 0)
    #expect(lab.string("back") == ClientLab.text)
    #expect(lab.operations(since: count) == ["GenerateDataKey", "Decrypt"])
  }

  @Test func aMessageTravelsThroughAStream() throws {
    var lab = ClientLab()
    for line in [
      "aws kinesis create-stream --stream-name my-secure-stream --shard-count 1", "wait 15s",
    ] {
      lab.feed(line)
    }
    #expect(lab.encrypt().status == 0)
    let put = lab.feed(
      "aws kinesis put-record --stream-name my-secure-stream --partition-key 1 --data fileb://o --profile producer"
    )
    #expect(put.status == 0)
    lab.feed(
      "I=$(aws kinesis get-shard-iterator --stream-name my-secure-stream --shard-id shardId-000000000000 --shard-iterator-type TRIM_HORIZON --query ShardIterator --output text)"
    )
    lab.feed(
      "aws kinesis get-records --shard-iterator $I --query 'Records[0].Data' --output text > got.b64"
    )
    let opened = lab.feed(
      "aws-encryption-cli --decrypt --decode --input got.b64 --output - -S -w discovery=true")
    #expect(opened.reply == ClientLab.text, "\(opened.errors)")
  }

  @Test func permissionsAreTheCallersOwn() {
    var lab = ClientLab()
    let refused = lab.encrypt(keys: "key=\(ClientLab.key) profile=auditor")
    #expect(refused.status == 1)
    #expect(
      refused.errors.hasSuffix(
        "Encountered unexpected error: increase verbosity to see details.\nGenerateKeyError(\"Master Key \(ClientLab.key) unable to generate data key\")\n"
      ))
    #expect(refused.page.text.contains("AccessDeniedException"))
    #expect(lab.bytes("o") == nil)
    #expect(lab.encrypt().status == 0)
    let closed = lab.decrypt(keys: "key=\(ClientLab.key) profile=auditor")
    #expect(closed.errors.contains("DecryptKeyError(\"Unable to decrypt any data key\")"))
    #expect(lab.bytes("back") == nil)
    let unknown = lab.decrypt(keys: "key=\(ClientLab.key) profile=nobody")
    #expect(unknown.errors.contains("ProfileNotFound(\"The config profile (nobody)"))
    let alias = lab.decrypt(keys: "key=alias/none")
    #expect(alias.status == 1 && alias.page.text.contains("is no ARN"))
    #expect(
      alias.errors.contains(
        "MalformedArnError(\"Resource alias/none could not be parsed as an ARN: Missing 'arn' string\")"
      ))
    #expect(alias.errors.contains("Operation failed: deleting output file: back"))
    let noMessage = lab.decrypt(keys: "key=alias/none", from: "order.txt")
    #expect(noMessage.errors.contains("NotSupportedError"))
    let foreign = lab.decrypt(
      keys: "discovery=true discovery-account=999999999999 discovery-partition=aws")
    #expect(foreign.status == 1 && foreign.page.text.contains("not even asked"))
    #expect(
      foreign.errors.contains(
        "MasterKeyProviderError(\"Key b'\(ClientLab.key)' not allowed by this Master Key Provider\")"
      ))
  }

  /// Written down from the client, version 4.3.0.
  @Test(arguments: [
    (
      "--frame-length 100",
      "SerializationError(\"Frame size must be a non-negative multiple of the block size of the crypto algorithm: 128\")"
    ),
    (
      "--frame-length -3",
      "SerializationError(\"Frame size must be a non-negative multiple of the block size of the crypto algorithm: 128\")"
    ),
    (
      "--caching capacity=0 max_age=10",
      "ValueError(\"LocalCryptoMaterialsCache capacity cannot be less than 1\")"
    ),
    (
      "--caching capacity=x max_age=10",
      "ValueError(\"invalid literal for int() with base 10: 'x'\")"
    ),
    ("--caching capacity=1 max_age=0", "ValueError(\"max_age cannot be less than or equal to 0\")"),
    (
      "--caching capacity=1 max_age=1 max_messages_encrypted=0",
      "ValueError(\"max_messages_encrypted cannot be less than 1\")"
    ),
    (
      "--caching capacity=1 max_age=1 max_bytes_encrypted=-1",
      "ValueError(\"max_bytes_encrypted cannot be less than 0\")"
    ),
    (
      "--max-encrypted-data-keys 0", "ValueError(\"max_encrypted_data_keys cannot be less than 1\")"
    ),
  ])
  func aNumberThatTheSDKDoesNotTake(row: (options: String, exception: String)) {
    var lab = ClientLab()
    let turn = lab.encrypt(row.options)
    #expect(turn.status == 1)
    #expect(
      turn.errors.hasSuffix(
        "Encountered unexpected error: increase verbosity to see details.\n\(row.exception)\n"))
    #expect(!turn.errors.contains("usage:"))
    #expect(lab.bytes("o") == nil)
  }

  @Test(arguments: ["nan", "inf", "1e300", "0.0001"]) func strangeAgesDoNoHarm(age: String) {
    var lab = ClientLab()
    #expect(lab.encrypt("--caching capacity=1 max_age=\(age) max_bytes_encrypted=0").status == 0)
  }

  @Test(arguments: [
    "", "--frame-length 0", "--frame-length 128 --algorithm AES_256_GCM_HKDF_SHA512_COMMIT_KEY",
  ])
  func whatWasAlteredOrCutOffGivesAnErrorAndNoFile(options: String) throws {
    var lab = ClientLab()
    lab.workbook.explain = .off
    lab.workbook.keepsRecord = false
    // Three frames of 128 bytes.
    let text = [UInt8](repeating: 65, count: 300)
    lab.workbook.desk.files["order.txt"] = text
    #expect(lab.encrypt(options).status == 0)
    let message = try #require(lab.bytes("o"))
    for place in stride(from: 0, to: message.count, by: 7) {
      var altered = message
      altered[place] ^= 1
      for bytes in [altered, Array(message.prefix(place))] {
        lab.workbook.desk.files["bad"] = bytes
        let turn = lab.decrypt(from: "bad")
        #expect(turn.status == 1, "\(place)")
        #expect(turn.reply == "")
        #expect(turn.errors.contains("Encountered unexpected error"))
        #expect(lab.bytes("back") == nil, "\(place)")
      }
    }
    #expect(lab.decrypt().status == 0)
    #expect(lab.bytes("back") == text)
  }

  @Test func errorsAreThoseOfTheClientForPython() throws {
    var lab = ClientLab()
    func error(_ turn: Turn) -> String? {
      turn.errors.split(separator: "\n").last.map(String.init)
    }
    #expect(
      error(lab.decrypt(from: "order.txt"))
        == #"NotSupportedError("Unsupported version 111", "111 is not a valid SerializationVersion")"#
    )
    #expect(
      lab.encrypt("--algorithm AES_256_GCM_IV12_TAG16").errors.contains("Algorithm ID was 120"))
    #expect(
      lab.encrypt(
        "--algorithm AES_256_GCM_IV12_TAG16 --commitment-policy forbid-encrypt-allow-decrypt"
      ).status == 0)
    #expect(
      try #require(error(lab.decrypt())).hasPrefix(
        #"ActionNotAllowedError("Configuration conflict. Cannot decrypt due to CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT requiring only committed messages. Algorithm ID was 120."#
      ))
    #expect(lab.decrypt("--commitment-policy require-encrypt-allow-decrypt").status == 0)
    #expect(lab.encrypt().status == 0)
    #expect(
      error(lab.decrypt("--max-length 10"))
        == #"CustomMaximumValueExceeded("Frame Size in header found larger than custom value: 4096 > 10")"#
    )
    let unsigned = lab.feed(
      "aws-encryption-cli --decrypt-unsigned --input o --output back -S -w key=\(ClientLab.key)")
    #expect(unsigned.errors.contains("Cannot decrypt signed message in decrypt-unsigned mode"))
    let message = try #require(lab.bytes("o"))
    lab.workbook.desk.files["cut"] = Array(message.dropLast())
    #expect(
      error(lab.decrypt(from: "cut")) == #"SerializationError("No signature found in message")"#)
    lab.workbook.desk.files["flip"] =
      message.dropLast(20) + [message[message.count - 20] ^ 1]
      + message.suffix(19)
    #expect(error(lab.decrypt(from: "flip")) == "InvalidSignature()")
    #expect(
      error(lab.encrypt(keys: "provider=x key=1"))
        == #"Requested master key provider not found: "x""#)
    #expect(error(lab.encrypt(to: "order.txt")) == "Destination and source cannot be the same")
    let missing = lab.feed("aws-encryption-cli -e -i ordr.txt -o o -S -w key=\(ClientLab.key)")
    #expect(
      error(missing) == "Invalid source.  Must be a valid pathname pattern or stdin (-)")
    #expect(missing.page.text.contains("did you mean order.txt?"))
    #expect(
      error(lab.encrypt(keys: "key=\(ClientLab.key) regoin=eu-west-1"))
        == #"TypeError("KMSMasterKeyProviderConfig.__init__() got an unexpected keyword argument 'regoin'")"#
    )
    #expect(lab.feed("aws-encryption-cli --encrypt").status == 2)
  }

  @Test func aContextThatIsNotAsAskedForOpensNothing() throws {
    var lab = ClientLab()
    _ = lab.encrypt("-c purpose=orders")
    for condition in ["purpose=invoices", "team"] {
      let turn = lab.feed(
        "aws-encryption-cli -d -i o -o back --metadata-output - -w key=\(ClientLab.key) -c \(condition)"
      )
      #expect(turn.status == 0)
      #expect(turn.errors.contains("discovered encryption context did not match"))
      #expect(turn.reply.contains("\"skipped\": true"))
      #expect(lab.bytes("back") == nil)
    }
  }

  /// é as one code point and as two looks the same and is not.
  @Test func aContextThatOnlyLooksAsAskedForOpensNothing() {
    var lab = ClientLab()
    #expect(lab.encrypt("-c who=caf\u{E9} caf\u{E9}=1 cafe\u{301}=2").status == 0)
    for condition in ["who=cafe\u{301}", "cafe\u{301}=1", "caf\u{E9}=2"] {
      let turn = lab.decrypt("-c \(condition)")
      #expect(turn.errors.contains("did not match"), "\(condition)")
      #expect(lab.bytes("back") == nil)
    }
    #expect(lab.decrypt("-c who=caf\u{E9} caf\u{E9}=1 cafe\u{301}=2").errors == "")
    #expect(lab.string("back") == ClientLab.text)
  }

  /// A dot is the directory at the top, and no name of a file.
  @Test(arguments: [".", "./"]) func aDotIsTheTop(_ output: String) {
    var lab = ClientLab()
    lab.feed("cat > in/a <<'EOF'\nhello\nEOF")
    let turn = lab.feed(
      "aws-encryption-cli -e -i in/a -o \(output) -S -w key=\(ClientLab.key) --suffix .enc")
    #expect(turn.status == 0 && turn.errors == "", "\(turn.errors)")
    #expect(lab.bytes("a.enc") != nil && lab.bytes(".") == nil)
    lab.feed("aws-encryption-cli -e -r -i . -o all/ -S -w key=\(ClientLab.key)")
    #expect(lab.bytes("all/in/a.encrypted") != nil && lab.bytes("all/a.enc.encrypted") != nil)
  }

  @Test func aTreeStaysATree() {
    var lab = ClientLab()
    for file in ["in/a/x.json", "in/b/x.json", "in/x.json"] {
      lab.feed("cat > \(file) <<'EOF'\n\(file)\nEOF")
    }
    let flat = lab.feed("aws-encryption-cli -e -i in -o keep/ -S -w key=\(ClientLab.key)")
    #expect(flat.status == 0)
    #expect(
      flat.errors.hasSuffix(
        "WARNING - Skipping in because it is a directory and -r/-R/--recursive is not set\n"))
    for (input, output) in [("in", "keep/"), ("./in", "kept/")] {
      let turn = lab.feed(
        "aws-encryption-cli -e -r -i \(input) -o \(output) -S -w key=\(ClientLab.key)")
      #expect(turn.status == 0 && turn.errors == "", "\(turn.errors)")
      lab.feed("aws-encryption-cli -d -r -i \(output) -o open/ -S -w key=\(ClientLab.key) --suffix")
      for file in ["a/x.json", "b/x.json", "x.json"] {
        #expect(lab.string("open/\(file).encrypted") == "in/\(file)\n")
      }
      lab.feed("rm open/a/x.json.encrypted open/b/x.json.encrypted open/x.json.encrypted")
    }
  }

  @Test func metadataIsALineOfJSONForEachMessage() throws {
    var lab = ClientLab()
    let line =
      "aws-encryption-cli -e -i order.txt -o o --metadata-output m.json -w key=\(ClientLab.key) -c a=b"
    lab.feed(line)
    lab.feed(line + " -q")
    let lines = try #require(lab.string("m.json")).split(separator: "\n")
    #expect(lines.count == 2)
    let metadata = try JSON(parsing: String(lines[0]))
    #expect(metadata.object?.members.map(\.name) == ["header", "input", "mode", "output"])
    let header = try #require(metadata["header"])
    #expect(header["algorithm"] == "AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384")
    #expect(header["encryption_context"]?["a"] == "b")
    #expect(header["frame_length"] == 4096 && header["content_type"] == 2)
    #expect(header["type"] == .null && header["version"] == "2.0")
    #expect(
      header["encrypted_data_keys"]?.array?.first?["key_provider"]?["provider_id"] == "YXdzLWttcw=="
    )
    lab.feed(line + " --overwrite-metadata")
    #expect(try #require(lab.string("m.json")).split(separator: "\n").count == 1)
    let shown = lab.feed(
      "aws-encryption-cli -d -i o -o back --metadata-output - -w key=\(ClientLab.key)")
    #expect(try JSON(parsing: shown.reply)["header_auth"]?["tag"] != nil)
    #expect(
      lab.feed("aws-encryption-cli -d -i o -o - --metadata-output - -w key=\(ClientLab.key)").status
        == 1)
  }

  @Test func aCacheServesTheFilesOfOneCommand() throws {
    var lab = ClientLab()
    for number in 1...5 {
      lab.feed("cat order.txt > f\(number).json")
    }
    func keys(_ more: String) -> Int {
      let count = lab.workbook.desk.cloud.journal.count
      let turn = lab.feed(
        "aws-encryption-cli -e -i 'f*.json' -o sealed/ -S -q -w key=\(ClientLab.key) \(more)")
      #expect(turn.status == 0, "\(turn.errors)")
      return lab.operations(since: count).count { $0 == "GenerateDataKey" }
    }
    #expect(keys("") == 5)
    #expect(keys("--caching capacity=10 max_age=60") == 1)
    #expect(lab.feed("cache").reply.contains("4 hits, 1 miss "))
    #expect(keys("--caching capacity=10 max_age=60 max_messages_encrypted=2") == 3)
    #expect(keys("--caching capacity=10 max_age=60 max_bytes_encrypted=30") == 5)
    #expect(lab.bytes("sealed/f1.json.encrypted") != nil)
    let opened = lab.feed(
      "aws-encryption-cli -d -r -i sealed -o open/ -S -w key=\(ClientLab.key) --suffix")
    #expect(opened.status == 0, "\(opened.errors)")
    #expect(lab.string("open/f5.json.encrypted") == ClientLab.text)
  }

  @Test func severalKeysOpenOneMessageAndARawKeyNeedsNoKMS() throws {
    var lab = ClientLab()
    lab.feed("openssl rand -out k.bin 32")
    let raw = "provider=raw-aes namespace=lab key=one key-file=k.bin"
    let count = lab.workbook.desk.cloud.journal.count
    #expect(lab.encrypt(keys: "\(raw)").status == 0)
    #expect(lab.decrypt(keys: raw).status == 0)
    #expect(lab.string("back") == ClientLab.text)
    #expect(lab.operations(since: count) == [])
    #expect(lab.decrypt().page.text.contains("not even asked"))
    #expect(lab.encrypt(keys: "key=\(ClientLab.key) -w \(raw)").status == 0)
    #expect(lab.operations(since: count) == ["GenerateDataKey"])
    lab.feed("aws kms disable-key --key-id 12345678-1234-1234-1234-123456789012")
    let closed = lab.decrypt()
    #expect(closed.status == 1 && closed.page.text.contains("DisabledException"))
    #expect(lab.decrypt(keys: raw).status == 0)
    lab.feed("openssl rand -out other.bin 32")
    #expect(lab.decrypt(keys: raw.replacing("k.bin", with: "other.bin")).status == 1)
    #expect(lab.encrypt(keys: raw.replacing("k.bin", with: "none.bin")).status == 1)
    lab.feed("openssl rand -out short.bin 5")
    #expect(
      lab.encrypt(keys: raw.replacing("k.bin", with: "short.bin")).errors.contains("16, 24 or 32"))
  }

  @Test func standardInputAndOutputBase64AndFilesThatAreThere() throws {
    var lab = ClientLab()
    let typed = lab.feed(
      "aws-encryption-cli -e -i - -o - --encode -S -w key=\(ClientLab.key) <<'EOF'\nhello\nEOF")
    let text = typed.reply.filter { !$0.isWhitespace }
    #expect(Base64.decode(text)?.prefix(3) == [2, 5, 0x78])
    #expect(lab.encrypt().errors == "")
    #expect(lab.encrypt().errors.contains("WARNING - Overwriting existing output file"))
    let before = lab.bytes("o")
    #expect(lab.encrypt("--no-overwrite").errors.contains("Skipping existing output file"))
    #expect(lab.bytes("o") == before)
    #expect(lab.encrypt("-q").errors == "")
    #expect(lab.feed("aws-encryption-cli -e -i - -o o -S -w key=\(ClientLab.key)").status == 1)
    #expect(lab.feed("aws-encryption-cli --help").reply.contains("--commitment-policy"))
    #expect(lab.feed("help aws-encryption-cli").reply.contains("aws-encryption-cli"))
  }

  @Test func itTakesTimeStandsInTheTrailAndCanBeUndone() {
    var lab = ClientLab()
    let now = lab.workbook.desk.world.now
    _ = lab.encrypt()
    #expect(lab.workbook.desk.world.now == now + .seconds(1))
    #expect(lab.feed("trail").reply.contains("GenerateDataKey"))
    lab.feed("undo")
    #expect(lab.bytes("o") == nil)
  }

  @Test func patternsAreThoseOfTheClientsLibrary() {
    for (name, pattern, fits) in [
      ("a.json", "*.json", true), ("a/b.json", "*.json", false), ("a/b.json", "a/*.json", true),
      ("ab", "a?", true), ("a", "a?", false), ("f3", "f[0-9]", true), ("fx", "f[!0-9]", true),
      ("f3", "f[!0-9]", false), ("f[", "f[", true), ("", "*", true), ("aaab", "*a*b", true),
      ("aaac", "*a*b", false),
    ] { #expect(Glob.matches(name, pattern) == fits, "\(name) \(pattern)") }
  }
}
