import Values

extension Service {
  /// The services of the models, by command, sorted.
  package static let allNames: [String] = library.map(\.name).sorted()

  /// A service by its command.
  package static func named(_ name: String) -> Service? {
    library.first { $0.name == name }?.service
  }

  private static let library: [Shelf] = EmbeddedFiles.all.map { Shelf(text: $0.text) }
}

/// One model file, read when it is first needed.
private final class Shelf: Sendable {
  let name: String
  private let box: LazyService

  init(text: StaticString) {
    // The first line is `service`, the command, the model's name.
    let head = text.withUTF8Buffer { $0.prefix { $0 != UInt8(ascii: "\n") } }
    name = String(decoding: head.split(separator: UInt8(ascii: "\t"))[1], as: UTF8.self)
    box = LazyService(text: text)
  }

  var service: Service { box.service }
}

/// Reads its text once.
private final class LazyService: @unchecked Sendable {
  private let text: StaticString
  private lazy var read = ModelReader(text).service()

  init(text: StaticString) { self.text = text }

  // The lab runs on one thread; a second one would read the same text into the same value.
  var service: Service { read }
}

/// Reads the lines of a model file; a field is what stands between two tabs.
private struct ModelReader {
  private var lines: [[Substring]]

  init(_ text: StaticString) {
    // By bytes: finding the characters of a text takes several times as long.
    lines = text.description.utf8.split(separator: UInt8(ascii: "\n")).map { line in
      line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
        .map { Substring($0) }
    }
  }

  func service() -> Service {
    let shapes = shapes()
    let name = String(lines[0][1])
    var operations: [Operation] = []
    var waiters: [Waiter] = []
    var known: [(String, String)] = []
    for (index, line) in lines.enumerated() {
      switch line[0] {
      case "op":
        let next = index + 1 < lines.count ? lines[index + 1] : []
        operations.append(
          Operation(
            service: name, name: String(line[1]), cli: String(line[2]),
            input: shapes[line[3]], output: shapes[line[4]],
            errors: line[5].split(separator: ",").map(String.init),
            pagination: next.first == "page" ? pagination(next) : nil))
      case "known": known.append((String(line[1]), String(line[2])))
      case "waiter":
        waiters.append(
          Waiter(
            name: String(line[1]), cli: String(line[2]), operation: String(line[3]),
            delay: Int(line[4]) ?? 0, maxAttempts: Int(line[5]) ?? 0))
      case "accept":
        waiters[waiters.count - 1].acceptors.append(
          Waiter.Acceptor(
            state: String(line[1]), matcher: String(line[2]), expected: String(line[3]),
            argument: String(line[4])))
      default: continue
      }
    }
    return Service(name: name, operations: operations, waiters: waiters, known: known)
  }

  private func pagination(_ line: [Substring]) -> Pagination {
    func list(_ field: Substring) -> [String] { field.split(separator: "|").map(String.init) }
    func optional(_ field: Substring) -> String? { field.isEmpty ? nil : String(field) }
    return Pagination(
      inputTokens: list(line[1]), outputTokens: list(line[2]), limitKey: optional(line[3]),
      moreResults: optional(line[4]), resultKeys: list(line[5]), nonAggregateKeys: list(line[6]))
  }

  private func shapes() -> [Substring: Shape] {
    var shapes: [Substring: Shape] = [:]
    for line in lines where line[0] == "shape" {
      func field(_ place: Int) -> Substring? {
        place < line.count && !line[place].isEmpty ? line[place] : nil
      }
      shapes[line[1]] = Shape(
        name: String(line[1]), kind: Shape.Kind(rawValue: String(line[2])) ?? .string,
        minimum: field(3).flatMap { Int($0) }, maximum: field(4).flatMap { Int($0) },
        pattern: field(5).map(String.init),
        choices: field(6)?.split(separator: "|").map(String.init) ?? [],
        isSensitive: field(10) != nil)
    }
    var current: Shape?
    for line in lines {
      switch line[0] {
      case "shape":
        current = shapes[line[1]]
        if line.count > 7 { current?.element = shapes[line[7]] }
        if line.count > 8 { current?.key = shapes[line[8]] }
        if line.count > 9 { current?.value = shapes[line[9]] }
      case "m":
        guard let shape = shapes[line[2]] else { continue }
        current?.members.append(
          Member(
            name: String(line[1]), shape: shape, isRequired: line.count > 3 && line[3] == "r",
            flag: line.count > 4 ? String(line[4]) : ""))
      default: continue
      }
    }
    return shapes
  }
}
