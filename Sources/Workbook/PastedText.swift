import API
import Values

/// Lines that were copied with more than the command, or are no command at all.
enum PastedText {
  /// What is wrong with a line, to be said instead of running it; nothing for a line that may run.
  /// `previous` is the line before it.
  static func problem(_ text: String, after previous: String?) -> String? {
    // Most lines are what they should be.
    if text.hasPrefix("aws ") { return nil }
    let first = String(text.prefix(2000).prefix { $0 != "\n" })
    if let prompt = prompt(of: first) {
      let rest = first.dropFirst(prompt.count).drop { $0 == " " }
      return "\(JSON.quoted(prompt)) is the prompt of the text that you copied: leave it out.\n"
        + "\(rest)   is the command\n"
    }
    let follows = previous.map { isReply($0, inside: true) } ?? false
    if isReply(text, inside: follows) {
      // Said once: what follows of the same reply is passed over.
      if follows { return "" }
      return
        "\(JSON.quoted(first.trimmed)) looks like a part of a reply, which is no command: paste the "
        + "command alone. What follows of the reply is passed over.\n"
    }
    return serviceAlone(first)
  }

  // MARK: Prompts

  /// `keyhole 3/8>`, `user@host:~$`, `[ec2-user@ip-10-0-0-1 ~]$`, `PS C:\>`, `%`, `>` in front of `aws`.
  private static func prompt(of line: String) -> String? {
    let words = line.split(separator: " ")
    guard words.count > 1 else { return nil }
    if let end = line.firstIndex(of: ">"), line.hasPrefix("keyhole") {
      let between = line[..<end].dropFirst("keyhole".count)
      let isPrompt = between.last != " " && line[end...].dropFirst().first == " "
      // `keyhole`, a place in a lesson, a profile.
      if isPrompt,
        between.isEmpty
          || (between.first == " "
            && between.allSatisfy { $0.isLetter || $0.isNumber || " /-_".contains($0) })
      {
        return String(line[...end])
      }
    }
    guard let place = words.firstIndex(of: "aws"), place > 0, place < words.count - 1 else {
      return nil
    }
    let head = line[..<words[place - 1].endIndex]
    let start = String(head.drop { $0 == " " })
    guard let mark = start.last, "$%>#".contains(mark) || "❯➜λ".contains(start.first ?? " ") else {
      return nil
    }
    let name = start.dropLast()
    let isPrompt =
      name.isEmpty ? mark == "%" || mark == ">" : looksLikePrompt(name)
    return isPrompt ? String(line[..<head.endIndex]) : nil
  }

  /// Whether a text is what shells put in front of their `$`: a user at a host, a folder, their own name.
  private static func looksLikePrompt(_ name: Substring) -> Bool {
    if "❯➜λ".contains(name.first ?? " ") { return true }
    if name.hasPrefix("PS ") || name == "PS" { return true }
    if name.hasPrefix("[") && name.hasSuffix("]") { return name.contains("@") }
    if name.hasPrefix("bash-") || name.hasPrefix("sh-") { return !name.contains(" ") }
    // `C:\Users\me`
    let drive = Array(name.prefix(3))
    if drive.count >= 2, drive[0].isLetter, drive[1] == ":", drive.count == 2 || drive[2] == "\\" {
      return true
    }
    let words = name.split(separator: " ")
    return words.count <= 3 && (words.first ?? "").contains("@")
      && !(words.first ?? "").contains { "=\"'".contains($0) }
  }

  // MARK: Replies

  /// Whether a text begins with a line of JSON as the client prints it; `inside` where the line before it
  /// was one.
  private static func isReply(_ text: String, inside: Bool) -> Bool {
    // Looked at for every line: no other one can be such a part.
    guard let mark = text.utf8.first(where: { $0 != 0x20 && $0 != 0x09 }),
      "{}[]\"".utf8.contains(mark)
    else { return false }
    let first = text.prefix(2000).prefix { $0 != "\n" }
    let line = String(first).trimmed
    let bare = line.hasSuffix(",") ? String(line.dropLast()) : line
    if ["}", "]", "[", "{}", "[]", "}]", "]}", "[{"].contains(bare) { return true }
    // Commands in a group do not begin with a quote.
    if line == "{" {
      return "\"}".contains(text.dropFirst(first.count).first { !$0.isWhitespace } ?? "}")
    }
    // `{"Keys": …`
    if line.hasPrefix("{") {
      return line.dropFirst().drop { $0 == " " }.first == "\""
    }
    guard line.hasPrefix("\"") else { return false }
    guard let end = line.dropFirst().firstIndex(of: "\"") else { return false }
    let rest = line[line.index(after: end)...]
    // `"Name": …`, and within a list a text alone.
    if rest.hasPrefix(":") { return true }
    return rest == "," || (rest.isEmpty && inside)
  }

  // MARK: A service without aws

  /// `kms list-keys`
  private static func serviceAlone(_ line: String) -> String? {
    let words = line.split(separator: " ").map(String.init)
    guard words.count > 1, Verb.named(words[0]) == nil else { return nil }
    let isOperation =
      words[0] == "s3"
      ? ["ls", "cp", "mv", "rm", "mb", "rb"].contains(words[1])
      : API.Service.named(words[0])?.operation(cli: words[1]) != nil
    guard isOperation else { return nil }
    return
      "There is no command \(JSON.quoted(words[0])) in this lab: aws stands in front of a service.\n"
      + "aws \(line.trimmed)   is the command\n"
  }
}

extension String {
  fileprivate var trimmed: String {
    let start = drop(while: \.isWhitespace)
    return String(start.reversed().drop(while: \.isWhitespace).reversed())
  }
}
