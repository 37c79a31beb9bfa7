import Cloud
import Narration
import Values

extension Verb {
  static let keyVerbs: [Verb] = [
    Verb(
      "keys", .looking, "every key: state, material, who may use it, what it protects",
      example: "keys"
    ) { workbook, call, turn in
      guard call.words.isEmpty else { return turn.misuse(call, "keys stands alone") }
      turn.print(KeyTable.page(workbook.desk.cloud))
    },
    Verb(
      "timeline", .going, "what is due on the clock: deletions, rotations, expiry, old records",
      example: "timeline"
    ) { workbook, call, turn in
      guard call.words.isEmpty else { return turn.misuse(call, "timeline stands alone") }
      turn.print(Timeline.page(workbook.desk.world))
    },
    Verb(
      "openssl rand|enc|pkeyutl …", .files,
      "what an import of key material needs: random bytes, base64, RSA-OAEP; public key and token must be "
        + "of one aws kms get-parameters-for-import, after which query -r PublicKey > public.b64 and "
        + "query -r ImportToken > token.b64 split its answer",
      example: "openssl rand -out material.bin 32"
    ) { workbook, call, turn in
      workbook.openssl(call, &turn)
    },
  ]
}

/// The options of one openssl command, as far as AWS's guide to imports uses them.
private struct OpenSSLOptions {
  var values: [String: String] = [:]
  var flags: Set<String> = []
  /// `-pkeyopt` may come several times.
  var keyOptions: [String: String] = [:]
  var words: [String] = []
  var unknown: String?

  init(_ words: [String]) {
    var rest = words[...]
    while let word = rest.popFirst() {
      switch word {
      case "-in", "-out", "-inkey", "-keyform": values[word] = rest.popFirst() ?? ""
      case "-pkeyopt":
        let parts = (rest.popFirst() ?? "").split(separator: ":", maxSplits: 1).map(String.init)
        if parts.count == 2 { keyOptions[parts[0]] = parts[1] }
      case "-encrypt", "-pubin", "-d", "-base64", "-A", "-hex": flags.insert(word)
      default:
        if word.hasPrefix("-") { unknown = unknown ?? word } else { self.words.append(word) }
      }
    }
  }
}

extension Workbook {
  fileprivate mutating func openssl(_ call: VerbCall, _ turn: inout Turn) {
    let options = OpenSSLOptions(Array(call.words.dropFirst()))
    if let unknown = options.unknown {
      return turn.misuse(call, "openssl of this lab has no option \(unknown)")
    }
    switch call.words.first {
    case "rand": random(options, call, &turn)
    case "enc": encode(options, call, &turn)
    case "pkeyutl": wrap(options, call, &turn)
    default: turn.misuse(call, "openssl of this lab has rand, enc -base64 and pkeyutl -encrypt")
    }
  }

  private mutating func random(_ options: OpenSSLOptions, _ call: VerbCall, _ turn: inout Turn) {
    guard options.words.count == 1, let count = Int(options.words[0]), (1...65_536).contains(count)
    else { return turn.misuse(call, "openssl rand wants a number of bytes, at most 65536") }
    let bytes = desk.cloud.ownRandomBytes(count)
    if options.flags.contains("-hex") {
      put(Array((Hex.text(bytes) + "\n").utf8), options, call, &turn)
    } else if options.flags.contains("-base64") {
      put(Array((Base64.encode(bytes) + "\n").utf8), options, call, &turn)
    } else {
      put(bytes, options, call, &turn)
    }
  }

  private mutating func encode(_ options: OpenSSLOptions, _ call: VerbCall, _ turn: inout Turn) {
    guard options.flags.contains("-base64"), let input = file(options.values["-in"], &turn) else {
      if turn.status == 0 { turn.misuse(call, "openssl enc wants -base64 and -in FILE") }
      return
    }
    guard options.flags.contains("-d") else {
      return put(Array((Base64.encode(input) + "\n").utf8), options, call, &turn)
    }
    let text = String(decoding: input.filter { $0 > 0x20 }, as: UTF8.self)
    guard let bytes = Base64.decode(text) else {
      return turn.complain("error reading input file: it is not base64\n", status: 1)
    }
    put(bytes, options, call, &turn)
  }

  private mutating func wrap(_ options: OpenSSLOptions, _ call: VerbCall, _ turn: inout Turn) {
    let hash = options.keyOptions["rsa_oaep_md"] ?? "sha1"
    guard options.flags.isSuperset(of: ["-encrypt", "-pubin"]),
      options.values["-keyform"]?.uppercased() == "DER",
      options.keyOptions["rsa_padding_mode"] == "oaep",
      options.keyOptions["rsa_mgf1_md"] ?? hash == hash
    else {
      return turn.misuse(
        call,
        "openssl pkeyutl of this lab wants -encrypt -pubin -keyform DER "
          + "-pkeyopt rsa_padding_mode:oaep and one hash")
    }
    guard let message = file(options.values["-in"], &turn),
      let key = file(options.values["-inkey"], &turn)
    else { return }
    guard let wrapped = desk.cloud.ownWrapping(message, under: key, hash: hash) else {
      return turn.complain(
        "Public Key operation error: no RSA public key in DER, a message too long for it, or no "
          + "such hash\n", status: 1)
    }
    put(wrapped, options, call, &turn)
  }

  private func file(_ name: String?, _ turn: inout Turn) -> [UInt8]? {
    guard let name else {
      turn.complain("openssl wants -in FILE of the lab\n", status: 1)
      return nil
    }
    guard let bytes = desk.files[name] else {
      turn.complain("Can't open \"\(name)\" for reading, No such file in the lab\n", status: 1)
      return nil
    }
    return bytes
  }

  /// Into the file that `-out` names, or shown when it is text.
  private mutating func put(
    _ bytes: [UInt8], _ options: OpenSSLOptions, _ call: VerbCall, _ turn: inout Turn
  ) {
    if let name = options.values["-out"] {
      desk.files[name] = bytes
    } else if bytes.allSatisfy({ (0x20..<0x7F).contains($0) || $0 == 0x0A }) {
      turn.print(String(decoding: bytes, as: UTF8.self))
    } else {
      turn.misuse(call, "these are bytes, not text: name a file with -out")
    }
  }
}
