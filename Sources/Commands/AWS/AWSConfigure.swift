/// `aws configure`, on the lab's own settings.
package enum AWSConfigure: Hashable, Sendable {
  case set(String, String)
  case get(String)
  case list
  case listProfiles
  /// Without a subcommand the client asks questions.
  case questions

  static let subcommands = ["get", "list", "list-profiles", "set"]
  /// What the client has besides.
  static let others = [
    "add-model", "export-credentials", "import", "mfa-login", "sso", "sso-session",
  ]
}

extension AWSParser {
  // MARK: configure

  mutating func parseConfigure() throws(AWSUsageError) -> AWSInvocation {
    let rest = try plainWords()
    guard let name = rest.first else {
      invocation.kind = .configure(.questions)
      return invocation
    }
    if name == "help" || (rest.count == 2 && rest[1] == "help") {
      invocation.kind = .help(service: "configure", operation: nil)
      return invocation
    }
    func want(_ names: String...) throws(AWSUsageError) {
      let missing = names.dropFirst(rest.count - 1)
      if !missing.isEmpty {
        throw .parameters(
          "the following arguments are required: \(missing.joined(separator: ", "))",
          .missingRequired(Array(missing)), withUsage: true)
      }
      let extra = Array(rest.dropFirst(1 + names.count))
      if !extra.isEmpty { throw .unknownOptions(extra, operation: "configure", near: []) }
    }
    switch name {
    case "set":
      try want("varname", "value")
      invocation.kind = .configure(.set(rest[1], rest[2]))
    case "get":
      try want("varname")
      invocation.kind = .configure(.get(rest[1]))
    case "list":
      try want()
      invocation.kind = .configure(.list)
    case "list-profiles":
      try want()
      invocation.kind = .configure(.listProfiles)
    case _ where AWSConfigure.others.contains(name): throw .notInLab("configure \(name)")
    default:
      throw .invalidChoice(
        name, argument: "subcommand", among: AWSConfigure.subcommands + AWSConfigure.others,
        .unknownOperation(name, service: "configure", near: []))
    }
    return invocation
  }

  /// All words that are no global option.
  private mutating func plainWords() throws(AWSUsageError) -> [String] {
    var rest: [String] = []
    while place < words.count {
      let word = words[place]
      place += 1
      if AWSGrammar.looksLikeOption(word) {
        guard let (option, value) = try global(word, among: GlobalOption.table) else {
          // Options of what the lab does not do are nobody's mistake.
          if let name = rest.first, AWSConfigure.others.contains(name) {
            throw .notInLab("configure \(name)")
          }
          throw .unknownOptions([word], operation: "configure", near: [])
        }
        try set(option, try self.value(of: option, value))
      } else {
        rest.append(word)
      }
    }
    return rest
  }
}

extension AWSUsageError {
  /// AWS's client has it, this lab has not.
  static func notInLab(_ command: String) -> AWSUsageError {
    AWSUsageError(
      text: "\naws \(command) is known to AWS but not simulated in this lab.\n", exitCode: 252,
      fact: .notInLab(command))
  }
}
