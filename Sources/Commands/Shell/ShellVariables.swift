import Values

/// The variables of a session. Copies share them, and two that hardly differ are compared at once.
package struct ShellVariables: Equatable, Sendable {
  package struct Variable: Equatable, Sendable {
    package let name: String
    package fileprivate(set) var value: String
    package fileprivate(set) var isExported: Bool
    /// Greater than that of any variable which was there before.
    package let number: Int
  }

  private var variables = SharedMap<Variable>()
  private var lastNumber = 0
  /// How many are exported: most sessions export none, and each command asks for a dozen names.
  private var exports = 0
  /// Names that `export` named before they had a value.
  private var marked: Set<String> = []

  package init() {}

  package static func == (left: ShellVariables, right: ShellVariables) -> Bool {
    left.variables == right.variables
  }

  /// In the order in which they were set.
  package var all: [Variable] { variables.values.sorted { $0.number < $1.number } }

  package subscript(name: String) -> String? { variables[name]?.value }

  package func variable(_ name: String) -> Variable? { variables[name] }

  /// Whether a shell takes a name: letters, digits and low lines, and no digit in front.
  package static func isName(_ name: String) -> Bool {
    var isFirst = true
    for byte in name.utf8 {
      guard ShellScanner.isName(byte, first: isFirst) else { return false }
      isFirst = false
    }
    return !isFirst
  }

  /// The names of those that are not as they were; in no order.
  package func changes(since old: ShellVariables) -> [String] {
    variables.changes(since: old.variables)
  }

  /// The value that commands see.
  package func exported(_ name: String) -> String? {
    exports == 0 ? nil : variables[name].flatMap { $0.isExported ? $0.value : nil }
  }

  package mutating func set(_ name: String, _ value: String, exporting: Bool = false) {
    let isMarked = !marked.isEmpty && marked.remove(name) != nil
    change(name) {
      $0.value = value
      if exporting || isMarked { $0.isExported = true }
    }
  }

  /// Hands a variable on to commands; one that has no value yet from when it gets one.
  package mutating func export(_ name: String) {
    if variables[name] == nil {
      marked.insert(name)
    } else {
      change(name) { $0.isExported = true }
    }
  }

  package mutating func remove(_ name: String) {
    marked.remove(name)
    if variables[name]?.isExported == true { exports -= 1 }
    variables[name] = nil
  }

  /// Puts one back as it was.
  package mutating func restore(_ name: String, from old: ShellVariables) {
    let now = variables[name]?.isExported == true
    let before = old.variables[name]
    if now != (before?.isExported == true) { exports += now ? -1 : 1 }
    variables[name] = before
  }

  private mutating func change(_ name: String, _ body: (inout Variable) -> Void) {
    var variable: Variable
    if let known = variables[name] {
      variable = known
    } else {
      lastNumber += 1
      variable = Variable(name: name, value: "", isExported: false, number: lastNumber)
    }
    let wasExported = variable.isExported
    body(&variable)
    if variable.isExported != wasExported { exports += wasExported ? -1 : 1 }
    variables[name] = variable
  }
}
