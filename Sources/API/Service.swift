import Values

/// One service of AWS as its own description has it: operations, types, limits.
///
/// Read from the room's model files, each when its service is first asked for.
package final class Service: Sendable {
  /// The command of the AWS CLI: `kinesis`, `s3api`.
  package let name: String
  /// Sorted by the name on the command line.
  package let operations: [Operation]
  package let waiters: [Waiter]
  /// Operations that AWS has and the models only name: API name and command.
  package let known: [(name: String, cli: String)]
  /// Operations that the command line has: not those that answer with a stream of events.
  /// Source: AWS CLI, commands that were removed on purpose.
  package let commands: [Operation]
  private let places: [String: Int]

  init(name: String, operations: [Operation], waiters: [Waiter], known: [(String, String)]) {
    self.name = name
    self.operations = operations.sorted { $0.cli < $1.cli }
    self.waiters = waiters
    self.known = known
    commands = self.operations.filter { !Self.removed.contains("\(name) \($0.cli)") }
    places = Dictionary(
      commands.enumerated().map { ($0.element.cli, $0.offset) },
      uniquingKeysWith: { first, _ in first })
  }

  private static let removed: Set<String> = ["kinesis subscribe-to-shard"]

  package func operation(cli: String) -> Operation? { places[cli].map { commands[$0] } }

  package func operation(named name: String) -> Operation? {
    operations.first { $0.name == name }
  }

  package func waiter(cli: String) -> Waiter? { waiters.first { $0.cli == cli } }
}

/// One operation of a service.
package final class Operation: Sendable {
  /// The service's command: `kms`.
  package let service: String
  /// `PutRecord`
  package let name: String
  /// `put-record`
  package let cli: String
  package let input: Shape?
  package let output: Shape?
  package let errors: [String]
  package let pagination: Pagination?

  init(
    service: String, name: String, cli: String, input: Shape?, output: Shape?, errors: [String],
    pagination: Pagination?
  ) {
    self.service = service
    self.name = name
    self.cli = cli
    self.input = input
    self.output = output
    self.errors = errors
    self.pagination = pagination
  }

  /// The options of the command line, in the model's order.
  package var options: [Member] { input?.members ?? [] }
}

/// How the pages of an operation are put together. Paths are dotted member names.
package struct Pagination: Hashable, Sendable {
  package let inputTokens: [String]
  package let outputTokens: [String]
  package let limitKey: String?
  package let moreResults: String?
  package let resultKeys: [String]
  package let nonAggregateKeys: [String]
}

/// A condition that the command line waits for, asking again and again.
package struct Waiter: Hashable, Sendable {
  package struct Acceptor: Hashable, Sendable {
    /// `success`, `failure` or `retry`.
    package let state: String
    /// `path`, `pathAll`, `pathAny`, `status` or `error`.
    package let matcher: String
    package let expected: String
    /// A path into the reply.
    package let argument: String
  }

  /// `StreamExists`
  package let name: String
  /// `stream-exists`
  package let cli: String
  /// The operation that is called: `DescribeStream`.
  package let operation: String
  /// Seconds between two calls.
  package let delay: Int
  package let maxAttempts: Int
  package internal(set) var acceptors: [Acceptor] = []
}

/// A member of a structure.
package struct Member: Sendable {
  package let name: String
  package let shape: Shape
  package let isRequired: Bool
  /// `--stream-name`; empty for a member of an inner structure.
  package let flag: String

  package init(name: String, shape: Shape, isRequired: Bool, flag: String) {
    self.name = name
    self.shape = shape
    self.isRequired = isRequired
    self.flag = flag
  }
}

/// The type of a value, with its limits.
///
/// Safe to share: the parts that point to other shapes are set while the service is read, and never
/// after.
package final class Shape: @unchecked Sendable {
  package enum Kind: String, Sendable {
    case structure, list, map, string, integer, long, double, boolean, blob, timestamp
  }

  package let name: String
  package let kind: Kind
  package let minimum: Int?
  package let maximum: Int?
  /// A regular expression that the whole value must match.
  package let pattern: String?
  package let choices: [String]
  package let isSensitive: Bool
  package internal(set) var members: [Member] = []
  /// The element of a list.
  package internal(set) var element: Shape?
  package internal(set) var key: Shape?
  package internal(set) var value: Shape?

  package init(
    name: String, kind: Kind, minimum: Int? = nil, maximum: Int? = nil, pattern: String? = nil,
    choices: [String] = [], isSensitive: Bool = false
  ) {
    self.name = name
    self.kind = kind
    self.minimum = minimum
    self.maximum = maximum
    self.pattern = pattern
    self.choices = choices
    self.isSensitive = isSensitive
  }

  package func member(_ name: String) -> Member? { members.first { $0.name == name } }
}
