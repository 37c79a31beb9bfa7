/// An option that does not belong to one operation.
struct GlobalOption: Sendable {
  enum Arity: Sendable {
    case none, one
    /// A value may follow.
    case optional
  }

  var flag: String
  var arity = Arity.one
  var choices: [String] = []

  /// The client's own options, in its order, which its texts show.
  static let table: [GlobalOption] = [
    .init(flag: "--debug", arity: .none), .init(flag: "--endpoint-url"),
    .init(flag: "--no-verify-ssl", arity: .none), .init(flag: "--no-paginate", arity: .none),
    .init(flag: "--output", choices: ["json", "text", "table", "yaml", "yaml-stream", "off"]),
    .init(flag: "--query"), .init(flag: "--profile"), .init(flag: "--region"),
    .init(flag: "--version", arity: .none), .init(flag: "--color", choices: ["on", "off", "auto"]),
    .init(flag: "--no-sign-request", arity: .none), .init(flag: "--ca-bundle"),
    .init(flag: "--cli-read-timeout"), .init(flag: "--cli-connect-timeout"),
    .init(flag: "--cli-binary-format", choices: ["base64", "raw-in-base64-out"]),
    .init(flag: "--no-cli-pager", arity: .none), .init(flag: "--cli-auto-prompt", arity: .none),
    .init(flag: "--no-cli-auto-prompt", arity: .none),
  ]

  /// Whether a word is none of the client's own options at first sight: neither a name of one nor a
  /// beginning. Most words of a line are not.
  static func isNone(_ word: String) -> Bool {
    var bytes = word.utf8.makeIterator()
    guard bytes.next() == UInt8(ascii: "-"), bytes.next() == UInt8(ascii: "-") else { return true }
    // `--` alone ends the client's own options.
    guard let first = bytes.next() else { return false }
    guard let second = bytes.next(), second != UInt8(ascii: "=") else { return false }
    return first != UInt8(ascii: "=") && !heads.contains(UInt16(first) << 8 | UInt16(second))
  }

  /// The first two letters of every name.
  private static let heads: Set<UInt16> = Set(
    table.map { option in
      option.flag.utf8.dropFirst(2).prefix(2).reduce(0) { $0 << 8 | UInt16($1) }
    })

  /// The options of a paginated operation. They hide options of the operation with the same name,
  /// such as `--max-items` of IAM, until somebody pages by hand.
  static let paging = [
    GlobalOption(flag: "--starting-token"), GlobalOption(flag: "--page-size"),
    GlobalOption(flag: "--max-items"),
  ]

  /// The options of an operation that the client adds.
  static let input = [
    GlobalOption(flag: "--cli-input-json"), GlobalOption(flag: "--cli-input-yaml"),
    GlobalOption(
      flag: "--generate-cli-skeleton", arity: .optional,
      choices: AWSSkeleton.Form.allCases.map(\.rawValue)),
  ]
}
