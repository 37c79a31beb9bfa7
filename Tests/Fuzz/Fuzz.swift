import API
import Commands
import Glibc
import Replies
import Values

/// What a fuzzer feeds: `KEYHOLE_FUZZ_TARGET` names the parser. Built only by `.ci/fuzz`.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
  let text = String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  target(text)
  return 0
}

private let target: @Sendable (String) -> Void = {
  switch getenv("KEYHOLE_FUZZ_TARGET").map({ String(cString: $0) }) {
  case "shell": shell
  case "shorthand": shorthand
  case "json": json
  case "jmespath": jmespath
  default: { _ in preconditionFailure("KEYHOLE_FUZZ_TARGET is shell, shorthand, json or jmespath") }
  }
}()

/// What the status calls complete must parse, or be refused; never anything else.
private let shell: @Sendable (String) -> Void = { text in
  _ = ShellInput.status(of: text)
  guard let items = try? ShellParser.parse(text) else { return }
  for item in items {
    _ = try? ShellExpander.words(item.command.words, ShellVariables(), status: 0) {
      (inner: String) throws(ShellError) in inner
    }
  }
}

private let shorthand: @Sendable (String) -> Void = { text in
  for line in [
    ["kms", "create-key", "--tags", text],
    ["kms", "encrypt", "--key-id", "k", "--plaintext", "aGk=", "--encryption-context", text],
  ] {
    _ = AWSGrammar.parse(line, in: AWSEnvironment())
  }
}

/// What was read prints as something that reads to the same value.
private let json: @Sendable (String) -> Void = { text in
  guard let value = try? JSON(parsing: text) else { return }
  precondition((try? JSON(parsing: value.line)) == value, "line")
  precondition((try? JSON(parsing: value.pretty)) == value, "pretty")
}

private let document = try? JSON(
  parsing: #"{"a": [{"b": 1, "c": "x"}, {"b": 2, "c": "y"}], "d": {"e": null, "f": [1, 2, 3]}}"#)

private let jmespath: @Sendable (String) -> Void = { text in
  guard let query = try? JMESPath(parsing: text) else { return }
  _ = try? query.search(document ?? .null)
}

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<Int32>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
  _ body: @convention(c) (UnsafePointer<UInt8>, Int) -> Int32
) -> Int32

/// The package manager gives every executable's `main` this name.
@_cdecl("keyhole_fuzz_main")
public func main(
  _ count: Int32, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> Int32 {
  var count = count
  var arguments = arguments
  return runDriver(&count, &arguments) { fuzz($0, $1) }
}
