import Cloud
import Commands
import Values

/// What the lab adds of its own under a line, where the client's or the service's words leave a learner
/// alone with it.
extension Workbook {
  /// Remarks on what a command was told and the lab takes otherwise than AWS does.
  mutating func noteSurroundings(_ globals: AWSGlobals, _ words: [String]) {
    if globals.profile == nil { desk.remarks += partialCredentials }
    let endpoint =
      globals.endpoint != nil
      ? "--endpoint-url"
      : desk.variables.exported("AWS_ENDPOINT_URL").flatMap {
        $0.isEmpty ? nil : "AWS_ENDPOINT_URL"
      }
    if let endpoint {
      desk.remarks.append("\(endpoint) changes nothing here: all calls stay in the lab")
    }
    if words.contains("--no-sign-request") {
      desk.remarks.append(
        "--no-sign-request changes nothing here: the lab takes the call for one of whose credentials "
          + "are in use, where AWS would take it for nobody's")
    }
  }

  /// That the real client would not take a temporary access key which comes alone.
  private var partialCredentials: [String] {
    guard let key = desk.variables.exported("AWS_ACCESS_KEY_ID"), key.hasPrefix("ASIA") else {
      return []
    }
    func isSet(_ name: String) -> Bool { desk.variables.exported(name)?.isEmpty == false }
    if !isSet("AWS_SECRET_ACCESS_KEY") {
      return [
        "the lab believes the key alone; the AWS CLI answers: Partial credentials found in env, missing: "
          + "AWS_SECRET_ACCESS_KEY; export it and AWS_SESSION_TOKEN from the same reply"
      ]
    }
    if !isSet("AWS_SESSION_TOKEN") {
      return [
        "the lab believes the key alone; AWS refuses a temporary one (ASIA…) without its AWS_SESSION_TOKEN"
      ]
    }
    return []
  }

  /// What there is in place of a profile that is not.
  func profileAdvice(_ name: String) -> [String] {
    let near = NearNames.of(name, among: desk.profiles)
    return [
      near.isEmpty
        ? "aws configure list-profiles shows what there is" : "did you mean \(near[0])?"
    ]
  }

  /// A key that is nearly the one which was named, for a call that found none.
  mutating func noteNearKey(in input: JSON, _ call: Call, since count: Int) {
    // Kinesis asks KMS, and says it in its own words.
    let isMissing = desk.cloud.journal.suffix(from: count).contains { event in
      switch event.error?.error.cause {
      case .unknownKey, .notAKeyID, .unknownAlias: true
      default: false
      }
    }
    guard isMissing else { return }
    let names = ["KeyId", "TargetKeyId", "SourceKeyId", "DestinationKeyId"]
    for name in names {
      guard let text = input[name]?.string, let near = nearKey(text, in: call.region) else {
        continue
      }
      desk.remarks.append("did you mean \(near)?")
      return
    }
  }

  /// An alias whose `alias/` was left out, or a name that differs in a few letters; nothing for a name
  /// that is there.
  private func nearKey(_ text: String, in region: Region) -> String? {
    let keys = desk.world.keys
    let aliases = keys.aliases.filter { $0.region == region && $0.owner == .home }.map(\.name)
    let ids = keys.slots(in: region).map { keys[$0].id.description }
    let name = text.hasPrefix("arn:") ? ARN(text)?.resource ?? text : text
    let bare = name.hasPrefix("key/") ? String(name.dropFirst(4)) : name
    if aliases.contains(bare) || ids.contains(bare) { return nil }
    if aliases.contains("alias/" + bare) { return "alias/" + bare }
    if let near = NearNames.of(bare, among: ids).first { return near }
    let wanted = bare.hasPrefix("alias/") ? bare : "alias/" + bare
    return NearNames.of(wanted, among: aliases).first
  }

  // MARK: What the shell did before the command saw it

  /// Remarks on the text of a line, once it has run: what cannot be seen in it, and what a shell took away.
  mutating func noteText(_ text: String, since before: Desk, _ turn: Turn) {
    noteOwnSettings(since: before)
    guard turn.status != 0, text.utf8.count <= 100_000 else { return }
    if let remark = InvisibleCharacters.remark(on: text) {
      // One remark on a character is enough.
      desk.remarks.removeAll { $0.hasPrefix("the line has \u{A0} ") }
      desk.remarks.append(remark)
    }
    let isQuery = turn.errors.contains("Bad value for --query")
    if isQuery || turn.errors.contains("JSON received: "),
      let word = LineScan.quotesWithin(text)
    {
      let mark = word.contains("'") ? "\"" : "'"
      desk.remarks.append(
        "the shell takes quotes away that stand within a word: put quotes around the whole, "
          + "\(mark)\(word)\(mark)")
    }
  }

  /// Files of the AWS CLI that somebody writes in the lab, which reads none of them.
  private mutating func noteOwnSettings(since before: Desk) {
    let written = desk.files.changes(since: before.files).sorted().first { name in
      desk.files.has(name) && (name.hasPrefix(".aws/") || name.contains("/.aws/"))
    }
    guard let written else { return }
    desk.remarks.append(
      "\(written) is a lab file that nothing reads: aws configure set NAME VALUE --profile PROFILE sets "
        + "what stands there, aws configure list-profiles shows the profiles")
  }
}

/// Characters that nobody sees, and that are no blanks for a shell.
enum InvisibleCharacters {
  private static let names: [Unicode.Scalar: String] = [
    "\u{A0}": "no-break space", "\u{AD}": "soft hyphen", "\u{200B}": "zero-width space",
    "\u{200C}": "zero-width non-joiner", "\u{200D}": "zero-width joiner",
    "\u{200E}": "left-to-right mark", "\u{200F}": "right-to-left mark", "\u{2007}": "figure space",
    "\u{202F}": "narrow no-break space", "\u{2060}": "word joiner",
    "\u{3000}": "ideographic space", "\u{FEFF}": "byte order mark",
  ]

  /// Where the first one stands, or a blank behind a line's last `\`.
  static func remark(on text: String) -> String? {
    // What a heredoc says ends no command.
    let head = text.firstRange(of: "<<").map { text[..<$0.lowerBound] } ?? text[...]
    for line in head.split(separator: "\n") {
      let bare = line.reversed().drop { $0 == " " || $0 == "\t" }
      if bare.first == "\\", bare.count < line.count, bare.dropFirst().first != "\\" {
        return "a blank stands behind the last \\ of the line, so that the command ended there"
      }
    }
    var word = ""
    for scalar in text.unicodeScalars {
      if let name = names[scalar] {
        let code = String(scalar.value, radix: 16, uppercase: true)
        let digits = String(repeating: "0", count: max(0, 4 - code.count)) + code
        let place = word.isEmpty ? "in front" : "behind \(JSON.quoted(word))"
        return
          "a character that cannot be seen stands \(place): \(name) (U+\(digits)); text that was "
          + "pasted from a page or a word processor may have it"
      }
      if scalar == " " || scalar == "\n" || scalar == "\t" {
        word = ""
      } else {
        word.unicodeScalars.append(scalar)
      }
    }
    return nil
  }
}

/// Looks at a line as it was typed, for remarks alone: what runs is what the shell's parser read.
enum LineScan {
  /// The first word that begins without a quote and has quotes inside, behind a bracket.
  static func quotesWithin(_ text: String) -> String? {
    var word = ""
    var quote: Character?
    var isSuspect = false
    for character in text + " " {
      if let open = quote {
        if character == open { quote = nil }
      } else if character == " " || character == "\n" || character == "\t" {
        if isSuspect { return word }
        word = ""
        continue
      } else if character == "'" || character == "\"" {
        quote = character
        if word.contains(where: { "[{".contains($0) }) { isSuspect = true }
        // What begins with a quote is quoted as a whole.
        if word.isEmpty { word = "\u{0}" }
      }
      if word.first != "\u{0}" { word.append(character) }
    }
    return nil
  }
}
