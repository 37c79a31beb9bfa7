import Narration
import Values

/// One call of a verb.
struct VerbCall {
  var name: String
  var words: [String]
  /// The text of a heredoc.
  var input: String?
}

/// A plain word that the lab understands.
struct Verb: Sendable {
  enum Group: String, CaseIterable, Sendable {
    case learning = "Learning"
    case looking = "Looking inside"
    case access = "Who may do what"
    case scale = "At scale"
    case going = "Going back and forth"
    case lab = "The lab"
    case files = "Files and variables"
  }

  var name: String
  var group: Group
  /// `xray STREAM [SEQUENCE]`
  var synopsis: String
  var summary: String
  var example: String
  var run: @Sendable (inout Workbook, VerbCall, inout Turn) -> Void

  init(
    _ synopsis: String, _ group: Group, _ summary: String, example: String,
    _ run: @escaping @Sendable (inout Workbook, VerbCall, inout Turn) -> Void
  ) {
    name = String(synopsis.prefix { $0 != " " })
    self.group = group
    self.synopsis = synopsis
    self.summary = summary
    self.example = example
    self.run = run
  }

  /// Whether it answers with a text that is to be used as it is, such as a file.
  var givesText: Bool {
    group == .files || ["query", "script", "predict-trail", "visibility"].contains(name)
  }

  static let table: [Verb] =
    lessonVerbs + courseVerbs + drillVerbs + claimVerbs + lookingVerbs + trailVerbs + insightsVerbs
    + metricVerbs
    + keyVerbs + streamVerbs + accessVerbs + endpointVerbs + lintVerbs + loadVerbs + programVerbs
    + goingVerbs
    + labVerbs
    + fileVerbs + encryptionVerbs + visibilityVerbs + shelfVerbs + scriptVerbs

  static func named(_ name: String) -> Verb? {
    table.first { $0.name == name }
      ?? aliases[name].flatMap { alias in
        table.first { $0.name == alias }
      }
  }

  private static let aliases = ["exit": "quit", "?": "help", "sleep": "wait", "man": "help"]
}

extension Turn {
  /// A verb was used in a way that it does not know; `name` leads to more about it.
  mutating func misuse(_ call: VerbCall, _ problem: String, name: String = "KH-USAGE") {
    var message = "\(problem) (\(name))\n"
    if let verb = Verb.named(call.name) {
      message += "usage: \(verb.synopsis)\nexample: \(verb.example)\n"
    }
    complain(message, status: 2)
  }
}
