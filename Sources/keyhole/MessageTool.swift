import EncryptionSDK
import Glibc
import Narration
import Values

/// `keyhole esdk`: messages of the AWS Encryption SDK on the learner's disk, without a lab.
struct MessageTool {
  private let options: MessageOptions
  private let terminal: Terminal

  /// What stops the tool; nothing was written then.
  private struct Failure: Error { var text: String }

  init(_ options: MessageOptions, _ terminal: Terminal) {
    self.options = options
    self.terminal = terminal
  }

  func run() -> Int32 {
    do throws(Failure) {
      let input = try read(options.input)
      switch options.action {
      case .show: terminal.show(SealedMessagePage.page(try message(input)))
      case .encrypt: try write(try encrypt(input), mode: 0o644)
      case .decrypt: try write(try decrypt(input), mode: 0o600)
      }
      return 0
    } catch {
      terminal.complain("keyhole esdk \(options.action.rawValue): \(error.text)\n")
      return 1
    }
  }

  private func encrypt(_ input: [UInt8]) throws(Failure) -> [UInt8] {
    var messages = try messages()
    return try sdk { () throws(MessageError) in
      try messages.encrypt(
        input, options.suite, MessageContext(options.context), frameLength: options.frameLength
      ).bytes
    }
  }

  private func decrypt(_ input: [UInt8]) throws(Failure) -> [UInt8] {
    let message = try message(input)
    for (key, value) in options.context where !message.header.context.has(key, value) {
      let found =
        message.header.context[key].map {
          $0 == value ? "has what only looks the same" : "has \(JSON.quoted($0)) there"
        } ?? "lacks it"
      throw Failure(
        text: "\(options.input): the encryption context must have \(key)=\(value); it \(found).")
    }
    let messages = try messages()
    return try sdk { () throws(MessageError) in try messages.decrypt(message) }
  }

  private func message(_ input: [UInt8]) throws(Failure) -> MessageReader {
    try sdk { () throws(MessageError) in try MessageReader(input, options.limits) }
  }

  private func messages() throws(Failure) -> RawKeyMessages {
    var keyrings: [RawAESKeyring] = []
    for place in options.keyFiles.indices {
      let key = try key(options.keyFiles[place])
      keyrings.append(
        try sdk(about: options.keyFiles[place]) { () throws(MessageError) in
          try RawAESKeyring(
            namespace: options.namespaces[place], name: options.names[place], key: key)
        })
    }
    var entropy = [UInt8](repeating: 0, count: RawKeyMessages.entropyBytes)
    guard getentropy(&entropy, entropy.count) == 0 else {
      throw Failure(text: "The system gives no random bytes: \(String(cString: strerror(errno))).")
    }
    return RawKeyMessages(keyrings, entropy: entropy)
  }

  /// The bytes of a key file, or those that 64 hexadecimal digits stand for.
  private func key(_ path: String) throws(Failure) -> [UInt8] {
    let bytes = try read(path)
    let text = String(decoding: bytes.prefix(80), as: UTF8.self)
    let digits = text.hasSuffix("\n") ? String(text.dropLast()) : text
    if digits.utf8.count == 64, let key = Hex.bytes(digits) { return key }
    return bytes
  }

  private func read(_ path: String) throws(Failure) -> [UInt8] {
    do throws(Files.Failure) {
      return try Files.read(path)
    } catch {
      throw Failure(text: "\(error.path): \(error.reason)")
    }
  }

  private func write(_ bytes: [UInt8], mode: mode_t) throws(Failure) {
    if options.output == "-" { return terminal.write(bytes) }
    do throws(Files.Failure) {
      try Files.write(bytes, to: options.output, mode: mode)
    } catch {
      throw Failure(text: "\(error.path): \(error.reason)")
    }
  }

  private func sdk<Result>(
    about path: String? = nil, _ body: () throws(MessageError) -> Result
  ) throws(Failure) -> Result {
    do throws(MessageError) {
      return try body()
    } catch {
      throw Failure(text: "\(path ?? options.input): \(error.explanation)")
    }
  }
}
