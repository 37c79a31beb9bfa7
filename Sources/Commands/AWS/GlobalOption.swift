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
