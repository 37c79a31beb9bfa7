import EncryptionSDK
import Values

/// The command line of `keyhole esdk`.
struct MessageOptions {
  enum Action: String { case encrypt, decrypt, show }

  var action = Action.encrypt
  var keyFiles: [String] = []
  var namespaces: [String] = []
  var names: [String] = []
  var input = ""
  var output = ""
  var suite = AlgorithmSuite.committingSigned
  var frameLength = MessageLimits.usualFrameBytes
  /// Pairs that are written; on reading, those that the message must have.
  var context: [(String, String)] = []
  var limits = MessageReader.Limits()

  static let usage = """
    usage: keyhole esdk encrypt|decrypt --key-file F --key-namespace NS --key-name NAME
                        --input F --output F [options]
           keyhole esdk show --input F

    Writes and reads messages of the AWS Encryption SDK under a raw AES key, on your disk and with
    chance of your computer; show prints what stands in a message in the clear. - is standard input
    or output.

      --key-file F        the wrapping key: 16, 24 or 32 bytes, or 64 hexadecimal digits. Given several
                          times, with a name for each, the message opens under any of them
      --key-namespace NS  who keeps the key; one for all keys, or one for each
      --key-name NAME     which key of that namespace
      --suite 0578|0478   encrypt: with a signature (as usual), or without; both commit to the data key
      --frame N           encrypt: bytes of a frame, 4096 unless given; 0 writes a single block
      --context K=V,…     encrypt: pairs that lie in the message in the clear and cannot be altered;
                          decrypt: pairs that must be there. \\, is a comma in a value
      --commitment-policy P           decrypt: require-encrypt-require-decrypt reads only suites that
                          commit; require-encrypt-allow-decrypt (as usual) reads those of version 1 too
      --max-encrypted-data-keys N     decrypt: read no message that has more
      --max-length N      decrypt: read no frame, or single block, that is longer

    """

  init(_ arguments: [String]) throws(Options.Misuse) {
    limits.policy = .requireEncrypt
    guard let word = arguments.first, let action = Action(rawValue: word) else {
      let found = arguments.first.map { ", not \(JSON.quoted($0))" } ?? ""
      throw Self.misuse("esdk is followed by encrypt, decrypt or show\(found)")
    }
    self.action = action
    var rest = arguments.dropFirst()
    var given: [String: String] = [:]
    while let word = rest.popFirst() {
      guard Self.known.contains(word) else {
        let near = NearNames.of(word, among: Self.known)
        throw Self.misuse(
          "esdk has no option \(JSON.quoted(word))"
            + (near.isEmpty ? "" : "; did you mean \(near[0])?"))
      }
      guard let value = rest.popFirst() else { throw Self.misuse("\(word) wants a value") }
      switch word {
      case "--key-file": keyFiles.append(value)
      case "--key-namespace": namespaces.append(value)
      case "--key-name": names.append(value)
      case "--context": context += try Self.pairs(value)
      default:
        guard given.updateValue(value, forKey: word) == nil else {
          throw Self.misuse("\(word) is given twice")
        }
      }
    }
    try take(given)
    try checkKeys()
  }

  private static let known = [
    "--key-file", "--key-namespace", "--key-name", "--input", "--output", "--suite", "--frame",
    "--context", "--commitment-policy", "--max-encrypted-data-keys", "--max-length",
  ]
  private static let ofEncrypt = ["--suite", "--frame"]
  private static let ofDecrypt = [
    "--commitment-policy", "--max-encrypted-data-keys", "--max-length",
  ]

  private mutating func take(_ given: [String: String]) throws(Options.Misuse) {
    for (other, options) in [(Action.encrypt, Self.ofDecrypt), (.decrypt, Self.ofEncrypt)] {
      if action == other, let stray = options.first(where: { given[$0] != nil }) {
        throw Self.misuse("\(stray) is not for \(action.rawValue)")
      }
    }
    if let text = given["--suite"] { suite = try Self.suite(text) }
    if let text = given["--frame"] {
      frameLength = try Self.number(text, "--frame", 0...MessageLimits.frameBytes)
    }
    if let text = given["--commitment-policy"] {
      guard let policy = CommitmentPolicy(rawValue: text) else {
        let all = CommitmentPolicy.allCases.map(\.rawValue).joined(separator: ", ")
        throw Self.misuse("--commitment-policy is one of \(all), not \(JSON.quoted(text))")
      }
      limits.policy = policy
    }
    if let text = given["--max-encrypted-data-keys"] {
      limits.dataKeys = try Self.number(
        text, "--max-encrypted-data-keys", 1...MessageLimits.dataKeys)
    }
    if let text = given["--max-length"] {
      limits.body = try Self.number(text, "--max-length", 1...Int.max)
    }
    guard let input = given["--input"] else {
      throw Self.misuse("esdk \(action.rawValue) wants --input")
    }
    self.input = input
    if action == .show { return }
    guard let output = given["--output"] else {
      throw Self.misuse("esdk \(action.rawValue) wants --output")
    }
    guard input != output || input == "-" else {
      throw Self.misuse("--input and --output are the same file")
    }
    self.output = output
  }

  private mutating func checkKeys() throws(Options.Misuse) {
    if action == .show { return }
    guard !keyFiles.isEmpty else { throw Self.misuse("esdk \(action.rawValue) wants --key-file") }
    guard names.count == keyFiles.count else {
      throw Self.misuse("each --key-file wants a --key-name of its own")
    }
    if namespaces.count == 1 {
      namespaces = Array(repeating: namespaces[0], count: keyFiles.count)
    }
    guard namespaces.count == keyFiles.count else {
      throw Self.misuse("--key-namespace is given once for all keys, or once for each")
    }
  }

  private static func suite(_ text: String) throws(Options.Misuse) -> AlgorithmSuite {
    let digits = text.hasPrefix("0x") ? String(text.dropFirst(2)) : text
    let found = UInt16(digits, radix: 16).flatMap { AlgorithmSuite.numbered($0) }
    guard let found, found.isCommitting else {
      throw misuse(
        found == nil
          ? "--suite is 0578 or 0478, not \(JSON.quoted(text))"
          : "suite \(text) is read and no longer written, because it does not commit to the data "
            + "key: --suite is 0578 or 0478")
    }
    return found
  }

  private static func number(_ text: String, _ option: String, _ range: ClosedRange<Int>)
    throws(Options.Misuse) -> Int
  {
    guard let number = Int(text), range.contains(number) else {
      throw misuse("\(option) is a number from \(range.lowerBound), not \(JSON.quoted(text))")
    }
    return number
  }

  /// `k=v,k=v`, where `\,` is a comma.
  private static func pairs(_ text: String) throws(Options.Misuse) -> [(String, String)] {
    var parts = [String.UnicodeScalarView()]
    var isEscaped = false
    for scalar in text.unicodeScalars {
      if isEscaped {
        if scalar != "," { parts[parts.count - 1].append("\\") }
        parts[parts.count - 1].append(scalar)
        isEscaped = false
      } else if scalar == "\\" {
        isEscaped = true
      } else if scalar == "," {
        parts.append(String.UnicodeScalarView())
      } else {
        parts[parts.count - 1].append(scalar)
      }
    }
    if isEscaped { parts[parts.count - 1].append("\\") }
    var pairs: [(String, String)] = []
    for part in parts {
      guard let sign = part.firstIndex(of: "="), sign > part.startIndex else {
        throw misuse("--context is K=V,K=V…; \(JSON.quoted(String(part))) is no pair")
      }
      pairs.append((String(part[..<sign]), String(part[part.index(after: sign)...])))
    }
    return pairs
  }

  private static func misuse(_ problem: String) -> Options.Misuse {
    Options.Misuse(problem: problem, usage: usage)
  }
}
