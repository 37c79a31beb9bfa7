import API

/// Help at each level of the command line, from the models.
package enum AWSHelp {
  /// `isSimulated` says whether the lab performs an operation of a service.
  package static func text(
    service: String?, operation: String?, isSimulated: (String, String) -> Bool
  ) -> String {
    guard let service, let found = Service.named(service) else { return all() }
    guard let operation, let detail = found.operation(cli: operation) else {
      return text(found, isSimulated)
    }
    return text(detail, isSimulated(service, detail.name))
  }

  private static func all() -> String {
    var text = "aws SERVICE OPERATION --option VALUE …\n\nServices:\n"
    for name in (Service.allNames + ["s3"]).sorted() { text += "  \(name)\n" }
    text += "\nFor every operation: --profile, --region, --output json|text, --query EXPRESSION.\n"
    return text + "aws SERVICE help lists the operations.\n"
  }

  private static func text(_ service: Service, _ isSimulated: (String, String) -> Bool) -> String {
    var text = "aws \(service.name) OPERATION\n\nPerformed by this lab:\n"
    let performed = service.operations.filter { isSimulated(service.name, $0.name) }
    for operation in performed { text += "  \(operation.cli)\n" }
    if performed.isEmpty { text += "  none yet\n" }
    for waiter in service.waiters { text += "  wait \(waiter.cli)\n" }
    let others = service.operations.filter { !isSimulated(service.name, $0.name) }
    text += "\nKnown, and answered as not simulated: "
    text += "\(others.count + service.known.count) operations\n"
    return text + "aws \(service.name) OPERATION help shows its options.\n"
  }

  private static func text(_ operation: Operation, _ isSimulated: Bool) -> String {
    var text = "aws \(operation.service) \(operation.cli)"
    for option in operation.options where option.isRequired {
      text += " \(option.flag) \(placeholder(option.shape))"
    }
    text += "\n\n"
    if !isSimulated { text += "Known to AWS; this lab does not perform it.\n\n" }
    let width = operation.options.map(\.flag.count).max() ?? 0
    for option in operation.options {
      let pad = String(repeating: " ", count: width - option.flag.count + 2)
      text += "  \(option.flag)\(pad)\(describe(option.shape))"
      text += option.isRequired ? " (required)\n" : "\n"
    }
    if let output = operation.output {
      text += "\nThe reply has: \(output.members.map(\.name).joined(separator: ", "))\n"
    }
    if !operation.errors.isEmpty {
      text += "It may fail with: \(operation.errors.joined(separator: ", "))\n"
    }
    return text
  }

  private static func placeholder(_ shape: Shape) -> String {
    switch shape.kind {
    case .string: shape.choices.isEmpty ? "TEXT" : shape.choices.joined(separator: "|")
    case .integer, .long: "NUMBER"
    case .blob: "BASE64"
    case .list: "…"
    default: "VALUE"
    }
  }

  private static func describe(_ shape: Shape) -> String {
    var text =
      switch shape.kind {
      case .string: shape.choices.isEmpty ? "text" : shape.choices.joined(separator: " | ")
      case .integer, .long: "a whole number"
      case .double: "a number"
      case .boolean: "a switch"
      case .blob: "base64, or fileb://FILE"
      case .timestamp: "a time: ISO 8601 or seconds since 1970"
      case .list: "a list"
      case .map: "key=value,… or JSON"
      case .structure: "Name=value,… or JSON"
      }
    if let limits = limits(shape) { text += ", \(limits)" }
    return text
  }

  static func limits(_ shape: Shape) -> String? {
    let unit = shape.kind == .string ? " characters" : shape.kind == .blob ? " bytes" : ""
    switch (shape.minimum, shape.maximum) {
    case (let least?, let most?): return "\(least) to \(most)\(unit)"
    case (let least?, nil): return "at least \(least)\(unit)"
    case (nil, let most?): return "at most \(most)\(unit)"
    case (nil, nil): return nil
    }
  }
}
