import Cloud
import Commands
import Values

/// Notes to a line that the client refused, or that does what its author cannot have meant.
enum AWSAdvice {
  static func stray(_ count: Int) -> String {
    "\(count == 1 ? "1 character" : "\(count) characters") of the data cannot be base64 and "
      + (count == 1 ? "was" : "were") + " dropped, as the AWS CLI does; "
      + "--cli-binary-format raw-in-base64-out takes the text as it is"
  }

  static func takenApart(_ option: String) -> String {
    "\(option) wants a list, and of a file that is no list in JSON the AWS CLI makes one of single "
      + "characters: put [ ] around what stands in the file, or give its text with \"$(cat NAME)\""
  }

  /// What there is in place of a Region that is not.
  static func region(_ name: String) -> [String] {
    let names = Region.all.map(\.description)
    let near = NearNames.of(name, among: names)
    return [
      near.isEmpty
        ? "the lab's Regions: \(names.joined(separator: ", "))" : "did you mean \(near[0])?"
    ]
  }

  static func lines(_ fact: AWSUsageError.Fact, _ words: [String]) -> [String] {
    if words.last == "^" {
      return ["a line goes on with \\ at its end here; ^ is for the command prompt of Windows"]
    }
    switch fact {
    case .unknownOptions(let unknown, let operation, let near):
      var lines: [String] = []
      if let first = near.first {
        lines.append("did you mean \(first)?")
      } else if let option = unknown.first(where: hasOneDash) {
        lines.append("options begin with two dashes: -\(option)")
      } else if unknown.first?.hasPrefix("-") == false {
        lines.append("a value with blanks in it needs quotes around the whole")
      }
      if operation == "create-stream", unknown.contains(where: { $0.hasPrefix("--key-id") }) {
        lines.append(
          "row create-with-key: AWS's create-stream takes no key; start-stream-encryption does, "
            + "once the stream is ACTIVE")
      }
      return lines
    case .notInLab(let command) where command.hasPrefix("configure"):
      return ["aws configure set, get, list and list-profiles work in the lab"]
    case .notInLab: return ["aws help lists what the lab has"]
    case .badDocument(let option, let problem): return ["the value of \(option): \(problem)"]
    case .badBase64(_, let option):
      // The client reads the text of a file:// as if it had been typed.
      let isFile = words.contains { $0.hasPrefix("file://") || $0.hasPrefix("\(option)=file://") }
      return [
        "\(option) is base64: aGk= for hi, or add --cli-binary-format raw-in-base64-out"
          + (isFile ? "; fileb:// takes the bytes of a file as they are" : "")
      ]
    case .missingFile(let name):
      return [
        "lab files are not those of your disk: cat > \(name) <<'EOF' makes one, import reads one"
      ]
    case .unmodelledOperation(let name, let service):
      return ["aws \(service) help lists what the lab has instead of \(name)"]
    case .missingRequired(let flags) where flags.contains("operation"):
      return ["aws \(words.first ?? "") help lists the operations"]
    case .missingRequired(let flags): return missing(flags, words)
    case .unknownService(let name, _), .unknownOperation(let name, _, _):
      guard let place = words.firstIndex(of: name), place > 0, words[place - 1].hasPrefix("--"),
        !AWSGrammar.isGlobal(words[place - 1])
      else { return [] }
      return [
        "an option of an operation stands behind it: aws SERVICE OPERATION \(words[place - 1]) \(name)"
      ]
    default: return []
    }
  }

  /// `-stream-name`
  private static func hasOneDash(_ word: String) -> Bool {
    word.hasPrefix("-") && !word.hasPrefix("--") && word.count > 2
  }

  /// Which word was to be an option that is missing.
  private static func missing(_ flags: [String], _ words: [String]) -> [String] {
    /// Without dashes, low lines and capitals: `--KeyId` and `key_id` are one.
    func plain(_ word: some StringProtocol) -> String {
      word.lowercased().filter { $0 != "-" && $0 != "_" }
    }
    let behind = words.dropFirst(2)
    for word in behind {
      let name = word.prefix { $0 != "=" }
      if let flag = flags.first(where: { plain($0) == plain(name) }) {
        return ["did you mean \(flag)?"]
      }
      guard name.hasPrefix("-"), !AWSGrammar.isGlobal(String(name)) else { continue }
      let near = NearNames.of(String(name), among: flags)
      if let first = near.first { return ["did you mean \(first)?"] }
    }
    if flags.count == 1, let value = behind.first, !value.hasPrefix("-") {
      return ["its option goes in front of a value: \(flags[0]) \(value)"]
    }
    return []
  }
}
