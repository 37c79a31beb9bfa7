import API

/// Help at each level of the command line, from the models.
package enum AWSHelp {
  /// `isSimulated` says whether the lab performs an operation of a service, `unread` which of its members
  /// have no effect.
  package static func text(
    service: String?, operation: String?, isSimulated: (String, String) -> Bool,
    unread: (Operation) -> [Member] = { _ in [] }
  ) -> String {
    guard let service else { return all(isSimulated) }
    if service == "configure" { return configure }
    if service == "s3" { return S3CommandLine.help }
    guard let found = Service.named(service) else {
      return KnownToAWS.hasService(service) ? unknown(service: service) : all(isSimulated)
    }
    guard let operation else { return text(found, isSimulated) }
    if operation == "wait" { return waiters(of: found) }
    if operation.hasPrefix("wait "), let waiter = found.waiter(cli: String(operation.dropFirst(5)))
    {
      return text(waiter, of: found)
    }
    guard let detail = found.operation(cli: operation) else {
      return AWSParser.isKnown(operation, of: found)
        ? unknown(operation: operation, of: found) : text(found, isSimulated)
    }
    let isPerformed = isSimulated(service, detail.name)
    return text(detail, isPerformed, isPerformed ? limits(of: detail, unread: unread) : [])
  }

  // MARK: Levels

  private static func all(_ isSimulated: (String, String) -> Bool) -> String {
    var rows: [(String, String)] = []
    for name in AWSGrammar.commands {
      switch name {
      case "configure":
        rows.append((name, "settings of the lab's profiles: get, set, list, list-profiles"))
      case "s3": rows.append((name, "ls, mb, rb, cp, mv and rm of buckets and objects"))
      default:
        guard let service = Service.named(name) else { continue }
        let performed = service.operations.count { isSimulated(name, $0.name) }
        let known = service.operations.count + service.known.count
        rows.append((name, "\(performed) of \(known) operations performed here"))
      }
    }
    var text = "aws COMMAND OPERATION --option VALUE …\n\nCommands:\n" + table(rows)
    text += "\nFor every operation:\n"
    text += table([
      ("--profile NAME", "whose credentials to use"), ("--region NAME", "where to ask"),
      ("--output FORMAT", "json, text, table, yaml, yaml-stream or off"),
      ("--query EXPRESSION", "picks out of the reply; query EXPRESSION does it afterwards"),
      ("--cli-binary-format F", "base64, or raw-in-base64-out for data as it is"),
      ("--no-paginate", "one call, one page, of what comes in pages"),
      ("--debug", "the lab's own trace of the call"),
      ("--version", "says that it is the lab that answers"),
    ])
    text += "\nTaken, and without effect here:\n"
    text += table([
      ("--endpoint-url URL", "all calls stay in the lab"),
      ("--no-sign-request", "the call is that of whose credentials are in use"),
      ("--no-verify-ssl, --ca-bundle FILE", "there is no connection to check"),
      ("--cli-read-timeout N, --cli-connect-timeout N", "nothing is waited for"),
      ("--color on|off|auto", "keyhole --plain leaves colours out"),
      ("--no-cli-pager", "nothing is paged here"),
      ("--cli-auto-prompt, --no-cli-auto-prompt", "the Tab key completes at the prompt"),
    ])
    return text + "\naws COMMAND help lists the operations.\n"
  }

  private static func text(_ service: Service, _ isSimulated: (String, String) -> Bool) -> String {
    let name = service.name
    var text = "aws \(name) OPERATION\n\nPerformed by this lab:\n"
    let performed = service.commands.filter { isSimulated(name, $0.name) }
    for operation in performed { text += "  \(operation.cli)\n" }
    if performed.isEmpty { text += "  none yet\n" }
    for waiter in service.waiters where isSimulated(name, waiter.operation) {
      text += "  wait \(waiter.cli)\n"
    }
    let others =
      service.commands.filter { !isSimulated(name, $0.name) }.map(\.cli)
      + service.known.map(\.cli)
    if !others.isEmpty {
      text += "\nKnown, and answered as not simulated:\n"
      text += wrapped(others.sorted())
    }
    return text + "\naws \(name) OPERATION help shows its options.\n"
  }

  private static func waiters(of service: Service) -> String {
    guard !service.waiters.isEmpty else { return "aws \(service.name) has nothing to wait for.\n" }
    var text = "aws \(service.name) wait CONDITION\n\n"
    text += table(service.waiters.map { ($0.cli, times(of: $0)) })
    return text + "\nWaiting lets the lab's clock go on.\n"
  }

  private static func times(of waiter: Waiter) -> String {
    "asks \(waiter.operation) every \(waiter.delay) s, \(waiter.maxAttempts) times at most"
  }

  private static func text(_ waiter: Waiter, of service: Service) -> String {
    let operation = service.operation(named: waiter.operation)
    let options = operation?.options ?? []
    var text = "aws \(service.name) wait \(waiter.cli)" + synopsis(options) + "\n\n"
    text += "It \(times(of: waiter)), and lets the lab's clock go on in between.\n"
    for acceptor in waiter.acceptors {
      let rule =
        switch acceptor.matcher {
        case "path": "\(acceptor.argument) is \(acceptor.expected)"
        case "pathAll": "all of \(acceptor.argument) are \(acceptor.expected)"
        case "pathAny": "one of \(acceptor.argument) is \(acceptor.expected)"
        case "status": "the answer's status is \(acceptor.expected)"
        default: "the answer is the error \(acceptor.expected)"
        }
      text += "  \(acceptor.state): \(rule)\n"
    }
    return text + "\nOptions:\n" + rows(options)
  }

  private static func text(
    _ operation: Operation, _ isSimulated: Bool, _ limits: [String]
  ) -> String {
    // What paging takes over hides a member of the same name.
    let paging = AWSParser.paging(of: operation)
    let options = operation.options.filter { option in
      !paging.contains { $0.flag == option.flag }
    }
    var text = "aws \(operation.service) \(operation.cli)" + synopsis(options)
    if operation.streamsAnswer {
      text +=
        " OUTFILE\n\nOUTFILE is the lab file that takes the object; it has no option in front."
    }
    text += "\n\n"
    text +=
      isSimulated
      ? "Performed by this lab.\n" : "Known to AWS; this lab does not perform it.\n"
    for line in limits { text += line + "\n" }
    if !options.isEmpty { text += "\nOptions:\n" + rows(options) }
    if let pagination = operation.pagination {
      text += "\nAll pages are fetched and put together, unless:\n"
      var paging = [("--no-paginate", "one call, one page")]
      if let key = pagination.limitKey { paging.append(("--page-size N", "\(key) of each call")) }
      paging += [
        ("--max-items N", "that many in all, and a NextToken for the rest"),
        ("--starting-token TOKEN", "goes on from such a NextToken"),
      ]
      text += table(paging)
    }
    text += "\nInstead of options:\n"
    text += table([
      ("--cli-input-json DOCUMENT", "the whole input, or file://FILE; an option beside it wins"),
      ("--cli-input-yaml DOCUMENT", "the same in YAML"),
      ("--generate-cli-skeleton", "prints an input to fill in; also output, yaml-input"),
    ])
    if let output = operation.output, !output.members.isEmpty {
      text += "\nThe reply has:\n"
      text += table(
        output.members.map {
          ($0.name, $0.shape.kind == .blob ? "bytes, printed in base64" : describe(reply: $0.shape))
        })
    }
    if !operation.errors.isEmpty {
      text += "\nIt may fail with:\n" + wrapped(operation.errors.sorted())
    }
    return text
  }

  private static let configure = """
    aws configure COMMAND

      set NAME VALUE  sets region, output, cli_binary_format or an access key of the lab
      get NAME        prints a setting; PROFILE.NAME asks for another profile's
      list            where profile, credentials and Region come from
      list-profiles   the names that --profile takes

    --profile NAME chooses whose settings. They live in the lab and go with undo.

    """

  // MARK: Options

  private static func synopsis(_ options: [Member]) -> String {
    var text = ""
    for option in options where option.isRequired {
      text += " \(option.flag) \(placeholder(option.shape))"
    }
    if options.contains(where: { !$0.isRequired }) { text += " [options]" }
    return text
  }

  private static func rows(_ options: [Member]) -> String {
    var text = ""
    for option in options {
      let isSwitch = option.shape.kind == .boolean
      text += "  \(option.flag)"
      // A body is no text but a file, which has no fileb:// in front.
      let isFile = option.flag == "--body"
      text +=
        isSwitch
        ? " | --no-\(option.flag.dropFirst(2))" : isFile ? " FILE" : " \(placeholder(option.shape))"
      text += option.isRequired ? "   (required)\n" : "\n"
      text += "      \(isFile ? "the name of a file of the lab" : describe(option.shape))\n"
      if let example = AWSShorthand.example(of: option.shape) { text += "      \(example)\n" }
    }
    return text
  }

  private static func placeholder(_ shape: Shape) -> String {
    switch shape.kind {
    case .string:
      shape.choices.isEmpty
        ? "TEXT"
        : shape.choices.prefix(4).joined(separator: "|") + (shape.choices.count > 4 ? "|…" : "")
    case .integer, .long, .double: "NUMBER"
    case .blob: "BASE64"
    case .list: "…"
    case .timestamp: "TIME"
    default: "VALUE"
    }
  }

  /// Of a reply; the model's least number of one is not what comes.
  private static func describe(reply shape: Shape) -> String {
    switch shape.kind {
    case .integer, .long: "a whole number"
    default: describe(shape)
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
      case .timestamp: "a time: ISO 8601, seconds since 1970, or a date in words"
      case .list:
        switch shape.element?.kind {
        case .structure: "a list of structures"
        case .list, .map: "a list, in JSON"
        default: "a list of values, blanks between them"
        }
      case .map: "names with values"
      case .structure: "a structure"
      }
    if let limits = limits(shape) { text += ", \(limits)" }
    return text
  }

  static func limits(_ shape: Shape) -> String? {
    let unit =
      switch shape.kind {
      case .string: " characters"
      case .blob: " bytes"
      case .list: " elements"
      default: ""
      }
    switch (shape.minimum, shape.maximum) {
    case (let least?, let most?) where least == most: return "\(least)\(unit)"
    case (let least?, let most?) where least > 0 || unit.isEmpty:
      return "\(least) to \(most)\(unit)"
    case (let least?, nil) where least > 0 || unit.isEmpty: return "at least \(least)\(unit)"
    case (_, let most?): return "at most \(most)\(unit)"
    default: return nil
    }
  }

  // MARK: Layout

  private static func table(_ rows: [(String, String)]) -> String {
    let width = rows.map(\.0.count).max() ?? 0
    var text = ""
    for (left, right) in rows {
      text += "  \(left)\(String(repeating: " ", count: width - left.count + 2))\(right)\n"
    }
    return text
  }

  private static func wrapped(_ names: [String]) -> String {
    var text = ""
    var line = " "
    for name in names {
      if line.count + name.count > 78 {
        text += line + "\n"
        line = " "
      }
      line += " \(name)"
    }
    return text + line + "\n"
  }
}

extension AWSShorthand {
  /// What the shorthand of a structured option looks like, next to its JSON.
  static func example(of shape: Shape) -> String? {
    switch shape.kind {
    case .structure where !shape.members.isEmpty:
      return members(of: shape, depth: 0)
    case .map: return "name=value,name=value"
    case .list:
      guard let element = shape.element, element.kind == .structure, !element.members.isEmpty
      else { return nil }
      return members(of: element, depth: 0) + " …"
    default: return nil
    }
  }

  private static func members(of shape: Shape, depth: Int) -> String {
    shape.members.map { "\($0.name)=\(value(of: $0.shape, depth: depth))" }.joined(separator: ",")
  }

  private static func value(of shape: Shape, depth: Int) -> String {
    switch shape.kind {
    case .structure: depth > 1 ? "{…}" : "{\(members(of: shape, depth: depth + 1))}"
    case .map: "{name=value}"
    case .list:
      shape.element.map { "[\(value(of: $0, depth: depth + 1)),…]" } ?? "[…]"
    case .integer, .long, .double: "number"
    case .boolean: "true|false"
    case .blob: "base64"
    case .timestamp: "time"
    case .string: "text"
    }
  }
}
