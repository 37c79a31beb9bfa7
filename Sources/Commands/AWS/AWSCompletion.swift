import API

/// What could stand where the cursor is.
package enum AWSCandidate: Hashable, Sendable {
  case text(String)
  /// A name that only the running lab knows.
  case live(LiveName)

  package enum LiveName: Hashable, Sendable {
    case stream, key, alias, profile, role, file
  }
}

package enum AWSCompletion {
  /// Candidates for the word being typed after `aws` and the words before it; those that do not
  /// begin like `current` are for the caller to drop.
  package static func candidates(
    after words: [String], current: String, _ extensions: AWSExtensions
  ) -> [AWSCandidate] {
    let commands = words.filter { !AWSGrammar.looksLikeOption($0) }
    if commands.count == 1, commands[0] == "configure" {
      return texts(AWSConfigure.subcommands + ["help"])
    }
    if commands.first == "s3" {
      return texts(
        commands.count == 1 ? S3CommandLine.Command.allCases.map(\.rawValue) + ["help"] : [])
    }
    guard let name = commands.first, let service = Service.named(name) else {
      return texts(AWSGrammar.commands + ["help"])
    }
    if commands.count == 1, !current.hasPrefix("-") {
      return texts(
        service.commands.map(\.cli) + (service.waiters.isEmpty ? [] : ["wait"])
          + (service.name == "cloudtrail" ? [ValidateLogsLine.name] : []) + ["help"])
    }
    if commands == ["cloudtrail", ValidateLogsLine.name] {
      return texts(ValidateLogsLine.flags.filter { !words.contains($0) })
    }
    var operation = commands.count > 1 ? service.operation(cli: commands[1]) : nil
    if commands.count > 1, commands[1] == "wait" {
      guard commands.count > 2, let waiter = service.waiter(cli: commands[2]) else {
        return texts(service.waiters.map(\.cli))
      }
      operation = service.operation(named: waiter.operation)
    }
    guard let operation else { return [] }
    let options = AWSGrammar.options(of: operation, extensions)
    if current.hasPrefix("file://") || current.hasPrefix("fileb://") { return [.live(.file)] }
    if !current.hasPrefix("-"), let last = words.last, AWSGrammar.looksLikeOption(last) {
      return values(for: last, options)
    }
    let typed = Set(words)
    var flags: [String] = []
    for option in options where !typed.contains(option.flag) {
      flags.append(option.flag)
      if option.shape.kind == .boolean { flags.append("--no-" + option.flag.dropFirst(2)) }
    }
    return texts(
      flags.sorted() + GlobalOption.table.map(\.flag).filter { !typed.contains($0) }.sorted())
  }

  private static func texts(_ texts: [String]) -> [AWSCandidate] { texts.map { .text($0) } }

  private static func values(for flag: String, _ options: [Member]) -> [AWSCandidate] {
    switch flag {
    case "--profile": return [.live(.profile)]
    case "--region": return texts(["us-east-1", "us-west-2", "eu-west-1", "eu-central-1"])
    default: break
    }
    if let global = GlobalOption.table.first(where: { $0.flag == flag }) {
      return texts(global.choices)
    }
    guard let option = options.first(where: { $0.flag == flag }) else { return [] }
    if !option.shape.choices.isEmpty { return texts(option.shape.choices) }
    switch option.name {
    case "StreamName": return [.live(.stream)]
    case "KeyId", "TargetKeyId": return [.live(.key), .live(.alias)]
    case "AliasName": return [.live(.alias)]
    case "RoleName": return [.live(.role)]
    case "Policy", "PolicyDocument": return [.live(.file)]
    case "ShardId": return texts(["shardId-000000000000"])
    default: return []
    }
  }
}
