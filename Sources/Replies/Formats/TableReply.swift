import Values

/// `--output table`: boxes, one a section, nested ones set in by a bar.
///
/// Drawn as the client draws them where it does not know how wide the terminal is: 80 columns. A
/// wider table turns its sections of one row on their side.
/// Source: the client's own drawing, seen with client 1.45, whose tables version 2 keeps.
enum TableReply {
  /// A value that the client stumbles over, in the words of its language.
  struct Failure: Error {
    var message: String
  }

  private static let terminalWidth = 80

  static func render(_ value: JSON, title: String) throws(Failure) -> String {
    var builder = TableBuilder()
    guard try builder.add(value, title: title, level: 0) else { return "" }
    var sections = builder.sections
    var width = sections.map(\.width).max() ?? 0
    if width > terminalWidth {
      sections = sections.map(\.onItsSide)
      width = sections.map(\.width).max() ?? 0
    }
    var text = String(repeating: "-", count: width) + "\n"
    for section in sections { section.draw(width, &text) }
    return text
  }
}

/// Turns a value into sections, from top to bottom.
private struct TableBuilder {
  typealias Failure = TableReply.Failure

  var sections: [TableSection] = []

  /// Adds what a value holds; false when that is nothing.
  mutating func add(_ value: JSON, title: String?, level: Int) throws(Failure) -> Bool {
    guard !Self.isEmpty(value) else { return false }
    if let title { sections.append(TableSection(title: title, level: level)) }
    switch value {
    case .array(let elements):
      if elements.first?.object != nil {
        try addList(elements, title: title ?? "", level: level)
      } else {
        for element in elements { try addRow(element) }
      }
    case .object(let object): try addObject(object, level: level)
    default: break
    }
    return true
  }

  /// What Python takes for false.
  private static func isEmpty(_ value: JSON) -> Bool {
    switch value {
    case .null, .bool(false), .integer(0), .string(""), .double(0): true
    case .array(let elements): elements.isEmpty
    case .object(let object): object.isEmpty
    default: false
    }
  }

  private mutating func addRow(_ element: JSON) throws(Failure) {
    switch element {
    case .array(let cells) where cells.allSatisfy(\.isScalar):
      try addRow(cells.map(\.pythonText))
    case .object(let object): try addRow(object.names)
    case .array: _ = try add(element, title: nil, level: 0)
    default: try addRow([element.pythonText])
    }
  }

  private mutating func addRow(_ cells: [String]) throws(Failure) {
    guard let last = sections.indices.last else { return }
    try sections[last].add(cells)
  }

  private mutating func addHeaders(_ headers: [String]) throws(Failure) {
    guard let last = sections.indices.last else { return }
    try sections[last].add(headers: headers)
  }

  private mutating func addObject(_ object: JSONObject, level: Int) throws(Failure) {
    let headers = object.members.filter(\.value.isScalar).map(\.name).sorted()
    func cell(_ name: String) -> String { object[name]?.pythonText ?? "" }
    if headers.count == 1 {
      try addRow([headers[0], cell(headers[0])])
    } else if !headers.isEmpty {
      try addHeaders(headers)
      try addRow(headers.map(cell))
    }
    for name in object.members.filter({ !$0.value.isScalar }).map(\.name).sorted() {
      _ = try add(object[name] ?? .null, title: name, level: level + 1)
    }
  }

  /// What Python says where an element that is no object is asked for its members: it counts through
  /// those of a text or a list, and asks with each.
  private static func problem(withMember element: JSON) -> String? {
    switch element {
    case .object: nil
    case .string(let text): text.isEmpty ? nil : "string indices must be integers, not 'str'"
    case .array(let elements):
      elements.lazy.compactMap { index -> String? in
        switch index {
        case .integer(let number):
          (-elements.count..<elements.count).contains(number) ? nil : "list index out of range"
        case .bool(let flag):
          (flag ? 1 : 0) < elements.count ? nil : "list index out of range"
        default: "list indices must be integers or slices, not \(index.pythonClass)"
        }
      }.first
    default: "'\(element.pythonClass)' object is not iterable"
    }
  }

  private mutating func addList(_ elements: [JSON], title: String, level: Int) throws(Failure) {
    var headers: Set<String> = []
    var inner: Set<String> = []
    for element in elements {
      if let problem = Self.problem(withMember: element) { throw Failure(message: problem) }
      for member in element.object?.members ?? [] {
        if member.value.isScalar { headers.insert(member.name) } else { inner.insert(member.name) }
      }
    }
    let columns = headers.sorted()
    try addHeaders(columns)
    for (index, element) in elements.enumerated() {
      if index > 0, !inner.isEmpty {
        sections.append(TableSection(title: title, level: level))
        try addHeaders(columns)
      }
      guard element.object != nil else {
        throw Failure(message: "'\(element.pythonClass)' object has no attribute 'get'")
      }
      try addRow(columns.map { element[$0]?.pythonText ?? "" })
      for name in inner.sorted() {
        if let value = element[name] { _ = try add(value, title: name, level: level + 1) }
      }
    }
  }
}

private struct TableSection {
  var title: String
  var level: Int
  private var headers: [String] = []
  private var rows: [[String]] = []
  private var columns: Int?
  private var widths: [Int] = []

  init(title: String, level: Int) {
    self.title = title
    self.level = level
  }

  mutating func add(headers: [String]) throws(TableReply.Failure) {
    // The client measures headers by the columns that are there already.
    guard widths.isEmpty || headers.count <= widths.count else {
      throw TableReply.Failure(message: "list index out of range")
    }
    measure(headers)
    columns = columns ?? headers.count
    self.headers = headers
  }

  mutating func add(_ row: [String]) throws(TableReply.Failure) {
    let wanted = columns ?? row.count
    columns = wanted
    guard row.count == wanted else {
      throw TableReply.Failure(
        message: "Row should have \(wanted) elements, instead it has \(row.count)")
    }
    rows.append(row)
    measure(row)
  }

  private mutating func measure(_ cells: [String]) {
    let new = cells.map(CharacterWidth.of)
    if widths.isEmpty {
      widths = new
    } else {
      for (place, width) in new.enumerated() where place < widths.count {
        widths[place] = max(widths[place], width)
      }
    }
  }

  var width: Int {
    let cells = widths.reduce(0) { $0 + $1 + 4 } + 2
    return max(CharacterWidth.of(title) + 2, cells) + 2 * level
  }

  /// A section of one row with its headers in front, one below the other.
  var onItsSide: TableSection {
    guard rows.count == 1, !headers.isEmpty else { return self }
    var turned = TableSection(title: title, level: level)
    for (header, cell) in zip(headers, rows[0]) { try? turned.add([header, cell]) }
    return turned
  }

  func draw(_ total: Int, _ text: inout String) {
    let width = total - 2 * level
    func line(_ body: String) {
      let edge = String(repeating: "|", count: level)
      text += edge + body + edge + "\n"
    }
    if !title.isEmpty {
      line(Self.centred(title, width, left: "|"))
      if headers.isEmpty, rows.isEmpty { line("+" + dashes(width - 2) + "+") }
    }
    let shares = scaled(to: width)
    guard !shares.isEmpty else { return }
    let rule =
      shares.enumerated().map { ($0 == 0 ? "+" : "") + dashes($1 - ($0 == 0 ? 2 : 1)) + "+" }
      .joined()
    if !headers.isEmpty {
      line(rule)
      line(
        zip(headers, shares).enumerated().map { place, cell in
          Self.centred(cell.0, cell.1, left: place == 0 ? "|" : "")
        }.joined())
    }
    guard !rows.isEmpty else { return }
    line(rule)
    for row in rows {
      line(
        zip(row, shares).enumerated().map { place, cell in
          Self.left(cell.0, cell.1, edge: place == 0 ? "|" : "")
        }.joined())
    }
    line(rule)
  }

  private func dashes(_ count: Int) -> String { String(repeating: "-", count: max(0, count)) }

  /// The widths of the columns, stretched so that they fill the whole width.
  private func scaled(to total: Int) -> [Int] {
    let padded = widths.map { $0 + 4 }
    let sum = padded.reduce(0, +)
    guard sum > 0 else { return [] }
    let factor = Double(total) / Double(sum)
    var shares = padded.map { Int((factor * Double($0)).rounded(.toNearestOrEven)) }
    var excess = shares.reduce(0, +) - total
    while excess != 0 {
      let order = excess < 0 ? Array(shares.indices.reversed()) : Array(shares.indices)
      for place in order where excess != 0 {
        shares[place] += excess > 0 ? -1 : 1
        excess += excess > 0 ? -1 : 1
      }
    }
    return shares
  }

  private static func centred(_ text: String, _ width: Int, left: String) -> String {
    let length = CharacterWidth.of(text)
    let before = max(0, width / 2 - length / 2 - 1)
    let after = max(0, width - 1 - left.utf8.count - before - length)
    return left + String(repeating: " ", count: before) + text
      + String(repeating: " ", count: after) + "|"
  }

  private static func left(_ text: String, _ width: Int, edge: String) -> String {
    let length = CharacterWidth.of(text)
    let padding = width - (length + 2 + edge.utf8.count + 1) >= 0 ? 2 : 0
    let after = max(0, width - edge.utf8.count - padding - length - 1)
    return edge + String(repeating: " ", count: padding) + text
      + String(repeating: " ", count: after) + "|"
  }
}

extension JSON {
  /// The name of the value's class in Python.
  var pythonClass: String {
    switch self {
    case .null: "NoneType"
    case .bool: "bool"
    case .integer: "int"
    case .double: "float"
    case .string: "str"
    case .array: "list"
    case .object: "dict"
    }
  }
}
