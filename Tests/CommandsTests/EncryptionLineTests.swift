import Testing

@testable import Commands

/// A line of `aws-encryption-cli` that the client refuses, with its own words.
struct EncryptionRefusal: CustomTestStringConvertible, Sendable {
  var line: String
  var message: String
  var testDescription: String { line }
}

@Suite struct EncryptionLineTests {
  private static let algorithms = ["AES_256_GCM_HKDF_SHA512_COMMIT_KEY", "AES_256_GCM_IV12_TAG16"]

  private static func parse(_ line: String) throws -> EncryptionCommandLine.Wish {
    try EncryptionCommandLine.parse(
      line.split(separator: " ").map(String.init), algorithms: algorithms)
  }

  private static func run(_ line: String) throws -> EncryptionCommandLine {
    guard case .run(let line) = try parse(line) else {
      throw EncryptionCommandLine.Misuse("no run")
    }
    return line
  }

  /// Written down from the client, version 4.3.0.
  static let rows: [EncryptionRefusal] = [
    .init(
      line: "",
      message:
        "the following arguments are required: -w/--wrapping-keys, -i/--input, -o/--output"),
    .init(
      line: "--encrypt --input a --output b -S",
      message: "the following arguments are required: -w/--wrapping-keys"),
    .init(
      line: "--encrypt --input a --output b -S -w",
      message: "argument -w/--wrapping-keys: expected at least one argument"),
    .init(
      line: "--encrypt --input a --output b -S -w foo",
      message: #"Argument parameter must follow the format "key=value""#),
    .init(
      line: "--encrypt --decrypt --input a --output b -S -w key=1",
      message: "argument -d/--decrypt: not allowed with argument -e/--encrypt"),
    .init(
      line: "--encrypt --input a --output b -w key=1",
      message: "one of the arguments -S/--suppress-metadata --metadata-output is required"),
    .init(
      line: "--encrypt --input a --output b -S --metadata-output m -w key=1",
      message: "argument --metadata-output: not allowed with argument -S/--suppress-metadata"),
    .init(
      line: "--encrypt --input a --output b -S -w key=1 --algorithm X",
      message:
        "argument --algorithm: invalid choice: 'X' (choose from 'AES_256_GCM_HKDF_SHA512_COMMIT_KEY', 'AES_256_GCM_IV12_TAG16')"
    ),
    .init(
      line: "--encrypt --input a --output b -S -w key=1 --frame-length x",
      message: "argument --frame-length: invalid int value: 'x'"),
    .init(
      line: "--encrypt --input a --output b -S -w key=1 -c a",
      message: #"Argument parameter must follow the format "key=value""#),
    .init(
      line: "--encrypt --input a --output b -S -w key=1 --caching capacity=1",
      message: #"If enabling caching, both "capacity" and "max_age" are required"#),
    .init(
      line: "--encrypt --input a --output b -S -w key=1 --caching capacity=1 max_age=5 foo=1",
      message: #"Invalid caching configuration key: "foo""#),
    .init(
      line: "--encrypt --input a --output b -S -w key=1 --bogus",
      message: "unrecognized arguments: --bogus"),
    .init(
      line: "-encrypt --input a --output b -S -w key=1",
      message:
        "one of the arguments --version -e/--encrypt -d/--decrypt --decrypt-unsigned is required"),
    .init(
      line: "-m --encrypt --input a --output b -S -w key=1",
      message:
        "ambiguous option: -m could match -metadata-output, -max-length, -max-encrypted-data-keys"),
    .init(
      line: "-ex --input a --output b -S -w key=1",
      message: "argument -e/--encrypt: ignored explicit argument 'x'"),
    .init(
      line: "--encrypt --input a --output b -S -w key=1 --commitment-policy foo",
      message: "argument --commitment-policy: invalid CommitmentPolicyArgs value: 'foo'"),
    .init(
      line: "--encrypt --input a --output b -S -w discovery=true",
      message: "Discovery attributes are supported only on decryption for AWS KMS keys"),
    .init(
      line: "--decrypt --input a --output b -S -w discovery=true key=1",
      message: "If discovery is true (enabled), you cannot specify wrapping keys"),
    .init(
      line: "--decrypt --input a --output b -S -w region=us-east-1",
      message: "When discovery is false (disabled), you must specify at least one wrapping key"),
    .init(
      line: "--decrypt --input a --output b -S -w discovery=perhaps",
      message: "Value perhaps could not be parsed as true or false"),
    .init(
      line: "--decrypt --input a --output b -S -w discovery=true discovery-account=1",
      message: "When specifying discovery-account, you must also specify discovery-partition"),
    .init(
      line: "--encrypt --input a --input a --output b -S -w key=1",
      message: "--input argument may not be specified more than once"),
    .init(
      line: "--encrypt --input a --output b -S -w provider=x provider=y key=1",
      message:
        "You must provide exactly one \"provider\" for each wrapping key provider configuration. 2 provided"
    ),
  ]

  @Test(arguments: rows) func theClientRefusesInItsOwnWords(row: EncryptionRefusal) {
    #expect(throws: EncryptionCommandLine.Misuse.self) { try Self.parse(row.line) }
    do {
      _ = try Self.parse(row.line)
    } catch let error as EncryptionCommandLine.Misuse {
      // An unknown short option is told as what is missing for it.
      #expect(error.message == row.message)
    } catch {
      Issue.record("\(error)")
    }
  }

  @Test func aWholeLineIsTakenApart() throws {
    let line = try Self.run(
      "--encrypt --input=in -o out/ --wrapping-keys key=a key=b region=eu-west-1 -w provider=raw-aes "
        + "namespace=n key=k key-file=f -c purpose=x b=c=d --caching capacity=5 max_age=1.5 "
        + "max_messages_encrypted=2 --metadata-output m --algorithm AES_256_GCM_IV12_TAG16 "
        + "--commitment-policy forbid-encrypt-allow-decrypt --frame-length 10 --suffix --encode "
        + "--no-overwrite -r -vv -q -b")
    #expect(line.action == .encrypt)
    #expect(line.input == "in" && line.output == "out/")
    #expect(line.wrappingKeys.map(\.keys) == [["a", "b"], ["k"]])
    #expect(line.wrappingKeys.map(\.isKMS) == [true, false])
    #expect(line.wrappingKeys[0].attributes == ["region": ["eu-west-1"]])
    #expect(line.context == [.init(key: "purpose", value: "x"), .init(key: "b", value: "c=d")])
    #expect(line.caching?.capacity == 5 && line.caching?.maxAge == 1.5)
    #expect(line.caching?.maxMessages == 2 && line.caching?.maxBytes == nil)
    #expect(line.metadata == "m" && line.suffix == "" && line.frameLength == 10)
    #expect(line.encodes && !line.decodes && line.keepsFiles && line.isRecursive && line.isQuiet)
    #expect(line.verbosity == 2)
    let opening = try Self.run(
      "-d -i a -o - -S -w discovery=yes discovery-account=1 discovery-account=2 discovery-partition=aws -c k purpose=x"
    )
    #expect(opening.wrappingKeys[0].isDiscovery)
    #expect(opening.wrappingKeys[0].accounts == ["1", "2"])
    #expect(opening.requiredKeys == ["k"] && opening.context == [.init(key: "purpose", value: "x")])
    #expect(try Self.parse("--help") == .help)
    #expect(try Self.parse("--version") == .version)
  }

  @Test func aNearNameIsMeant() throws {
    do {
      _ = try Self.parse("--encrypt --input a --output b -S -w key=1 --frame-lenght 5")
    } catch let error as EncryptionCommandLine.Misuse {
      #expect(error.advice == "did you mean --frame-length?")
    }
  }
}
