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

  mutating func parseConfigure() throws(AWSUsageError) {
    let rest = try plainWords()
    guard let name = rest.first else {
      invocation.kind = .configure(.questions)
      return
    }
    if name == "help" || (rest.count == 2 && rest[1] == "help") {
      invocation.kind = .help(service: "configure", operation: nil)
      return
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
  }

  /// The words behind the command, none of which may be an option.
  private func plainWords() throws(AWSUsageError) -> [String] {
    let rest = words[place...].filter { $0 != "--" }
    guard let option = rest.first(where: { AWSGrammar.looksLikeOption($0) }) else { return rest }
    // Options of what the lab does not do are nobody's mistake.
    if let name = rest.first, AWSConfigure.others.contains(name) {
      throw .notInLab("configure \(name)")
    }
    throw .unknownOptions([option], operation: "configure", near: [])
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
