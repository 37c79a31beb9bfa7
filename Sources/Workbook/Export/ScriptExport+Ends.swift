import Cloud
import Commands
import Values

extension ScriptExport {
  // MARK: Looking first

  /// Looks for what calls would overwrite without a word, unless the script has made it itself.
  mutating func look(for calls: [PerformedCall]) {
    for call in calls {
      guard let words = call.overwritten,
        lookedFor.insert("\(call.region) \(words.joined(separator: " "))").inserted
      else { continue }
      body.append("absent" + command(words, call, isBehind: false).dropFirst(3))
    }
  }

  // MARK: Taking away

  mutating func isNew(_ words: [String], _ call: PerformedCall) -> Bool {
    let isNew = undoing.insert("\(call.region) \(words.joined(separator: " "))").inserted
    // Each version that counts makes way before it is deleted, the last one made first.
    return isNew || words.contains("set-default-policy-version")
  }

  /// Notes how to take away what a call made, right behind it.
  mutating func note(_ call: PerformedCall) {
    captures.follow(lab.desk.variables)
    // The last that was noted goes first.
    for words in call.undoing.reversed() where isNew(words, call) {
      body.append("later " + command(words, call, isBehind: true))
    }
  }

  /// Behind the line that made something its variables have what it gave.
  func command(_ words: [String], _ call: PerformedCall, isBehind: Bool) -> String {
    var line = "aws"
    for (index, word) in words.enumerated() {
      let isValue = index > 0 && words[index - 1].hasPrefix("--")
      let own = isValue && isBehind ? captures.variables.holder(ofWhole: word) : nil
      line += " " + (own.map { "\"${\($0)}\"" } ?? ScriptText.quoted(word, captures.variables))
    }
    if call.region != "us-east-1", !words.contains("--region") {
      line += " --region \(call.region)"
    }
    return line
  }

  // MARK: Lists

  /// Where a `$(…)` of a line lists things and finds one that the script has made: a list of an account
  /// may have another one in that place.
  func listings(_ text: String, _ line: Int, _ outcome: ScriptOutcome)
    -> [(range: Range<Int>, value: String)]
  {
    guard text.contains("list-") else { return [] }
    let scan = ScriptScan(text)
    let names = scan.leaves.map { scan.command(of: $0) }
    return zip(scan.leaves, names).compactMap { leaf, name in
      let ran = outcome.commands.filter { $0.command == name }
      let (start, end) = (leaf.start - 2, leaf.end)
      guard leaf.depth > 0, name.contains(" list-"), names.filter({ $0 == name }).count == 1,
        ran.count == 1, let value = ran.first?.printed, captures.isMade(value, before: line),
        start >= 0, end < scan.characters.count, scan.characters[end] == ")",
        scan.characters[start..<leaf.start].elementsEqual("$(")
      else { return nil }
      return (start..<end + 1, value)
    }
  }

  /// The line with what it found in lists by the script's own variables.
  func withoutListings(_ text: String, _ line: Int, _ outcome: ScriptOutcome) -> String {
    var result = Array(text)
    var end = result.count
    for listing in listings(text, line, outcome).reversed() {
      // One within another goes with it.
      guard listing.range.upperBound <= end, let name = captures.naming(listing.value)
      else { continue }
      end = listing.range.lowerBound
      result.replaceSubrange(listing.range, with: name)
    }
    return String(result)
  }

  // MARK: Credentials

  /// The access key with which commands of a line call, where neither the line nor the session gives what
  /// belongs to it. The lab takes the key alone; the real client does not.
  func bareKey(_ text: String, _ before: ShellVariables, _ outcome: ScriptOutcome)
    -> String?
  {
    let name = "AWS_ACCESS_KEY_ID"
    guard !outcome.commands.isEmpty, !text.contains("AWS_SECRET_ACCESS_KEY="),
      (before.exported("AWS_SECRET_ACCESS_KEY") ?? "").isEmpty
    else { return nil }
    var key = before.exported(name)
    if let mark = text.firstRange(of: "\(name)=") {
      let word = text[mark.upperBound...].prefix { !" \t\n;&|".contains($0) }
        .filter { !"\"'{}".contains($0) }
      let value = word.hasPrefix("$") ? before[String(word.dropFirst())] : word
      key = value ?? lab.desk.variables.exported(name)
    }
    return key == "" ? nil : key
  }

  /// Puts what belongs to an access key beside it.
  mutating func handOver(
    _ text: String, _ number: Int, _ before: ShellVariables, _ outcome: ScriptOutcome
  ) {
    guard let key = bareKey(text, before, outcome), key != handedOver, !captures.gives(key, number)
    else { return }
    handedOver = key
    guard let (secret, token) = captures.secretVariables(of: key) else {
      body += [
        "# The lab takes AWS_ACCESS_KEY_ID alone. The client wants AWS_SECRET_ACCESS_KEY too, and for a",
        "# session AWS_SESSION_TOKEN: set them here.",
      ]
      return
    }
    body.append(
      "# The lab takes AWS_ACCESS_KEY_ID alone; the client wants the rest of that reply too.")
    body.append(
      "export AWS_SECRET_ACCESS_KEY=\"${\(secret)}\""
        + (token.map { " AWS_SESSION_TOKEN=\"${\($0)}\"" } ?? "; unset AWS_SESSION_TOKEN"))
  }
}
