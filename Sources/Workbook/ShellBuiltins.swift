/// The shell's own small commands, which are no verbs of the lab.
enum ShellBuiltins {
  /// What a builtin prints and ends with; nothing when the name is none.
  static func run(_ words: [String]) -> (text: String, status: Int32)? {
    switch words.first {
    case ":", "true": ("", 0)
    case "false": ("", 1)
    case "printf": printf(Array(words.dropFirst()))
    default: nil
    }
  }

  /// `%s`, `%d` and `%%`, used again as long as there are words; backslash escapes.
  private static func printf(_ words: [String]) -> (String, Int32) {
    guard let format = words.first else { return ("", 2) }
    var rest = Array(words.dropFirst())
    var text = ""
    repeat {
      let before = rest.count
      var isPercent = false
      for character in escaped(format) {
        if isPercent {
          isPercent = false
          switch character {
          case "%": text += "%"
          case "s", "d", "i", "b":
            text += rest.isEmpty ? (character == "s" ? "" : "0") : rest.removeFirst()
          default: text += "%\(character)"
          }
        } else if character == "%" {
          isPercent = true
        } else {
          text.append(character)
        }
      }
      if rest.count == before { break }
    } while !rest.isEmpty
    return (text, 0)
  }

  /// `\n`, `\t`, `\\` as what they stand for.
  static func escaped(_ text: String) -> String {
    var result = ""
    var isEscape = false
    for character in text {
      guard isEscape || character == "\\" else {
        result.append(character)
        continue
      }
      if !isEscape {
        isEscape = true
        continue
      }
      isEscape = false
      switch character {
      case "n": result += "\n"
      case "t": result += "\t"
      case "r": result += "\r"
      case "\\": result += "\\"
      default: result += "\\\(character)"
      }
    }
    return isEscape ? result + "\\" : result
  }
}
