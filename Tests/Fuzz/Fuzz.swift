import API
import Ciphers
import Commands
import EncryptionSDK
import Glibc
import Insights
import Replies
import Values

/// What a fuzzer feeds: `KEYHOLE_FUZZ_TARGET` names the parser. Built only by `.ci/fuzz`.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
  target(Array(UnsafeBufferPointer(start: start, count: count)))
  return 0
}

private let target: @Sendable ([UInt8]) -> Void = {
  switch getenv("KEYHOLE_FUZZ_TARGET").map({ String(cString: $0) }) {
  case "shell": text(shell)
  case "shorthand": text(shorthand)
  case "json": text(json)
  case "jmespath": text(jmespath)
  case "yaml": text(yaml)
  case "insights": text(insights)
  case "message": message
  default:
    { _ in
      preconditionFailure(
        "KEYHOLE_FUZZ_TARGET is shell, shorthand, json, yaml, jmespath, insights or message")
    }
  }
}()

private func text(_ target: @escaping @Sendable (String) -> Void) -> @Sendable ([UInt8]) -> Void {
  { target(String(decoding: $0, as: UTF8.self)) }
}

/// What the status calls complete parses, or is refused with a place within the text; what it calls open
/// does not parse. Lines that are added one by one lose nothing.
private let shell: @Sendable (String) -> Void = { text in
  let isComplete = ShellInput.status(of: text) == .complete
  var open = OpenCommand()
  var taken: [String] = []
  for line in text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false) {
    if let command = open.add(String(line)) { taken.append(command) }
  }
  if !open.isEmpty { taken.append(open.take()) }
  precondition(taken.joined(separator: "\n").utf8.elementsEqual(text.utf8), "lines")
  let items: [ShellItem]
  do throws(ShellError) {
    items = try ShellParser.parse(text)
  } catch {
    precondition(error.offset >= 0 && error.offset <= text.utf8.count, "offset")
    precondition(error.length > 0 && !error.hint.isEmpty, "refusal")
    return
  }
  precondition(isComplete, "status")
  for item in items {
    _ = try? ShellExpander.words(item.command.words, ShellVariables(), status: 0) {
      (inner: ShellSubstitution) throws(ShellError) in (inner.text, 0)
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

/// What was read prints as YAML that reads to the same value.
private let yaml: @Sendable (String) -> Void = { text in
  guard let value = try? JSON(parsingYAML: text),
    let printed = try? ReplyFormat.yaml.render(.single(value), operation: "X"), !printed.isEmpty
  else { return }
  switch value {
  case .array, .object:
    // Libraries fold a text's unusual line ends into plain ones; all else stays.
    let isPlain = text.unicodeScalars.allSatisfy {
      !["\r", "\u{85}", "\u{2028}", "\u{2029}"].contains($0)
    }
    if isPlain, !printed.contains("? ") {
      precondition((try? JSON(parsingYAML: printed)) != nil, "yaml")
    }
  default: return
  }
}

private let document = try? JSON(
  parsing: #"{"a": [{"b": 1, "c": "x"}, {"b": 2, "c": "y"}], "d": {"e": null, "f": [1, 2, 3]}}"#)

private let jmespath: @Sendable (String) -> Void = { text in
  guard let query = try? JMESPath(parsing: text) else { return }
  _ = try? query.search(document ?? .null)
}

private let logEvents =
  [#"{"a": 1, "b": [{"c": "x"}], "errorCode": "AccessDenied"}"#, "user=alice, method:GET", ""].map {
    LogEvent(
      at: Instant(milliseconds: 1000), ingested: Instant(milliseconds: 2000), stream: "s",
      message: $0)
  }

/// A query that reads runs over any rows; one that does not is pointed at within its text.
private let insights: @Sendable (String) -> Void = { text in
  do throws(InsightsError) {
    let query = try InsightsQuery(text)
    _ = query.run(over: LogEventRows(logEvents, log: "1:l"), now: Instant(milliseconds: 3000))
    _ = query.remarks
  } catch {
    precondition(error.span.start <= error.span.end && error.span.end <= text.utf8.count, "span")
  }
}

private let dataKeys = [16, 24, 32].map { SecretKey([UInt8](repeating: 7, count: $0)) }

/// No bytes make the reader crash, and none open under a key that nobody wrapped.
private let message: @Sendable ([UInt8]) -> Void = { bytes in
  var limits = MessageReader.Limits()
  limits.policy = .requireEncrypt
  guard let reader = try? MessageReader(bytes, limits) else { return }
  precondition(reader.parts.reduce(0) { $0 + $1.count } <= bytes.count, "parts")
  for key in dataKeys where key.count == reader.header.suite.keyBytes {
    let opened = try? reader.open(DecryptionMaterials(dataKey: key), with: DetachedGCM())
    precondition(opened == nil, "opened")
  }
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
