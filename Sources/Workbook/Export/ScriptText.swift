import Cloud
import Values

/// Changes to the text of a command that keep its quoting in order.
enum ScriptText {
  static let account = "123456789012"

  /// The account, the lab's key and values of replies by their variables. Between single quotes the
  /// quotes are closed around a variable.
  static func localised(_ text: String, _ variables: [(value: String, name: String)]) -> String {
    let all = variables + [(StartNames.keyID, "KEY"), (account, "ACCOUNT")]
    var result = ""
    var rest = Substring(text)
    var quote: Character?
    while let character = rest.first {
      if let (value, name) = all.first(where: { rest.hasPrefix($0.value) }) {
        result += quote == "'" ? "'\"${\(name)}\"'" : "${\(name)}"
        rest = rest.dropFirst(value.count)
        continue
      }
      rest.removeFirst()
      result.append(character)
      switch character {
      case "\\" where quote != "'":
        if let next = rest.first {
          result.append(next)
          rest.removeFirst()
        }
      case "'", "\"":
        if quote == nil {
          quote = character
        } else if quote == character {
          quote = nil
        }
      default: break
      }
    }
    return result
  }

  /// A value as one word of bash.
  static func quoted(_ value: String, _ variables: [(value: String, name: String)]) -> String {
    let all = variables + [(StartNames.keyID, "KEY"), (account, "ACCOUNT")]
    var result = ""
    var rest = Substring(value)
    var isPlain = true
    while let character = rest.first {
      if let (value, name) = all.first(where: { rest.hasPrefix($0.value) }) {
        result += "${\(name)}"
        rest = rest.dropFirst(value.count)
        isPlain = false
        continue
      }
      rest.removeFirst()
      if "\"\\$`".contains(character) { result.append("\\") }
      let isWord = character.isLetter || character.isNumber || "-_./:=+@,".contains(character)
      if !isWord { isPlain = false }
      result.append(character)
    }
    return isPlain && !result.isEmpty ? result : "\"\(result)\""
  }

  /// The same line as somebody else: `as producer` becomes an option. Who needs credentials of a
  /// role is noted; the administrator is whoever runs the script.
  static func withProfile(_ line: String, _ profile: String, _ used: inout Set<String>) -> String {
    var line = line
    // The longer names first: one of them begins like another.
    var named = line
    for name in StartNames.partnerProfiles + StartNames.profiles where name != "admin" {
      for text in ["--profile \(name)", "--profile=\(name)"] where named.contains(text) {
        used.insert(name)
        named = named.replacing(text, with: "")
      }
    }
    let isSomebodys = line.contains("--profile")
    for text in [" --profile admin", " --profile=admin"] { line = line.replacing(text, with: "") }
    guard profile != "admin", !isSomebodys else { return line }
    used.insert(profile)
    var result = ""
    var rest = Substring(line)
    var isStart = true
    while let character = rest.first {
      if isStart, rest.hasPrefix("aws ") {
        result += "aws --profile \(profile) "
        rest = rest.dropFirst(4)
        isStart = false
        continue
      }
      // A command begins at the line's start, behind a joint and in a substitution.
      isStart = "(;&|\n".contains(character) || (isStart && " \t".contains(character))
      result.append(character)
      rest.removeFirst()
    }
    return result
  }

  /// Takes an option and its value out of a line.
  static func removing(_ flag: String, from line: String) -> (value: String, rest: String)? {
    for mark in [" \(flag) ", " \(flag)="] {
      guard let place = line.firstRange(of: mark) else { continue }
      let tail = line[place.upperBound...]
      let value = tail.prefix { !" \n\\".contains($0) }
      return (String(value), String(line[..<place.lowerBound]) + String(tail[value.endIndex...]))
    }
    return nil
  }
}
