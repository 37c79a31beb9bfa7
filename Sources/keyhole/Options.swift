import Cloud
import Narration
import Values
import Workbook

/// The command line, understood.
struct Options {
  enum Command {
    case interactive
    case lesson(String)
    case lessons
    case run(String)
    case line(String)
    case replay([String])
    case lint([String])
    case newLesson(String)
    case recordLessons([String])
    case checkDrills
    case checkClaims
    case resume(String)
    case exportScript(String)
    case message(MessageOptions)
    case messageHelp
    case version
    case help
  }

  struct Misuse: Error {
    var problem: String
    var usage = Options.usage
  }

  var command = Command.interactive
  var seed: UInt64 = 1
  var model = Model.described
  var isPlain = false
  var explain: ExplainLevel?
  var stopsAtErrors = false
  var isNew = false
  var level = Replay.Level.words
  var updates = false
  var updatesDecisions = false
  var line: Int?
  /// Whether lint tries changed solutions as well.
  var mutates = false
  var checksDrills = false
  var checksClaims = false
  /// How many drills `drill --check` builds.
  var seeds: UInt64 = 1000
  /// Whether the world's seed or model was asked for.
  var choosesWorld = false

  static let usage = """
    usage: keyhole [options] [command]

      keyhole                    open the workbook; goes on where you left
      keyhole lesson ID|PATH     open it at a lesson; PATH: a lesson's file, or a folder of them
      keyhole lessons            list the lessons
      keyhole run FILE|-         run the lines of a file or of standard input, in a new lab that is not
                                 kept
      keyhole -c LINE            run one line, likewise
      keyhole replay FILE…       run transcripts again and compare
      keyhole resume FILE        run a transcript again and go on by hand
      keyhole lint [PATH…]       check lessons; --mutate tries changed solutions as well
      keyhole new-lesson ID      write the skeleton of a lesson to ID.md
      keyhole record-lesson [ID…]
                                 write the runs of lessons to the folder transcripts
      keyhole export-script LESSON|TRANSCRIPT
                                 print a bash script of its plain aws commands
      keyhole claims --all       try every claim of the guide; fails when a verdict is not the known one
      keyhole drill --check      build drills of all kinds and prove that each can be found and
                                 mended; --seeds N builds N of them, 1000 unless given
      keyhole esdk encrypt|decrypt|show …
                                 messages of the AWS Encryption SDK under a raw key, on your disk

    options, before or after the command:
      --explain LEVEL   off, brief, full, json or narrated (run and -c: off unless given)
      --model MODEL     described (the guide, as at the start) or documented (AWS)
      --seed NUMBER     the world's chance, 1 unless given
      --new             begin a new session
      --plain           no colour
      -e                run: stop at the first error
      --level LEVEL     replay: words (all) or state (decisions and digests)
      --update          replay: write today's answers; --decisions: changed decisions as well
      --at LINE         resume: stop before that line of the transcript
      --version, --help

    """

  init(_ arguments: [String]) throws(Misuse) {
    // Its options are its own.
    if arguments.first == "esdk" {
      let rest = Array(arguments.dropFirst())
      if rest.contains("--help") || rest.contains("-h") {
        command = .messageHelp
      } else {
        command = .message(try MessageOptions(rest))
      }
      return
    }
    var words: [String] = []
    var place = 0
    func value(_ option: String) throws(Misuse) -> String {
      place += 1
      guard place < arguments.count else { throw Misuse(problem: "\(option) wants a value") }
      return arguments[place]
    }
    var line: String?
    while place < arguments.count {
      let word = arguments[place]
      switch word {
      case "-c": line = try value(word)
      case "-e": stopsAtErrors = true
      case "--plain": isPlain = true
      case "--new": isNew = true
      case "--update": updates = true
      case "--check": checksDrills = true
      case "--mutate": mutates = true
      case "--all": checksClaims = true
      case "--seeds":
        let text = try value(word)
        guard let number = UInt64(text), number > 0 else {
          throw Misuse(problem: "--seeds is a number from 1, not \(JSON.quoted(text))")
        }
        seeds = number
      case "--decisions": updatesDecisions = true
      case "--version": command = .version
      case "--help", "-h": command = .help
      case "--seed":
        let text = try value(word)
        guard let seed = UInt64(text) else {
          throw Misuse(problem: "--seed is a number, not \(JSON.quoted(text))")
        }
        self.seed = seed
        choosesWorld = true
      case "--model":
        model = try Self.choice(try value(word), word)
        choosesWorld = true
      case "--explain": explain = try Self.choice(try value(word), word) as ExplainLevel
      case "--level": level = try Self.choice(try value(word), word)
      case "--at":
        let text = try value(word)
        guard let number = Int(text), number > 0 else {
          throw Misuse(problem: "--at is the number of a line, not \(JSON.quoted(text))")
        }
        self.line = number
      case _ where word.hasPrefix("-") && word != "-":
        let known = [
          "--explain", "--model", "--seed", "--new", "--plain", "--level", "--update",
          "--decisions", "--at", "--check", "--mutate", "--seeds", "--all", "--version", "--help",
        ]
        let near = NearNames.of(word, among: known)
        throw Misuse(
          problem: "there is no option \(JSON.quoted(word))"
            + (near.isEmpty ? "" : "; did you mean \(near[0])?"))
      default: words.append(word)
      }
      place += 1
    }
    switch command {
    case .version, .help: return
    default: break
    }
    if let line {
      guard words.isEmpty else { throw Misuse(problem: "-c takes one line; quote it as a whole") }
      command = .line(line)
      return
    }
    command = try Self.command(words)
    if case .checkClaims = command, !checksClaims { command = .line("claims") }
    if case .checkDrills = command, !checksDrills {
      throw Misuse(problem: "keyhole drill wants --check; in the workbook, drill begins one")
    }
  }

  private static func choice<Choice: RawRepresentable & CaseIterable>(
    _ text: String, _ option: String
  ) throws(Misuse) -> Choice where Choice.RawValue == String {
    guard let choice = Choice(rawValue: text) else {
      let all = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw Misuse(problem: "\(option) is one of \(all), not \(JSON.quoted(text))")
    }
    return choice
  }

  private static func command(_ words: [String]) throws(Misuse) -> Command {
    guard let name = words.first else { return .interactive }
    let rest = Array(words.dropFirst())
    func one(_ what: String) throws(Misuse) -> String {
      guard rest.count == 1 else { throw Misuse(problem: "\(name) wants \(what)") }
      return rest[0]
    }
    switch name {
    case "lesson": return .lesson(try one("the id of a lesson; keyhole lessons lists them"))
    case "lessons": return .lessons
    case "run": return .run(try one("a file, or - for standard input"))
    case "replay":
      guard !rest.isEmpty else { throw Misuse(problem: "replay wants transcripts") }
      return .replay(rest)
    case "resume": return .resume(try one("a transcript"))
    case "lint": return .lint(rest)
    case "export-script": return .exportScript(try one("a lesson or a transcript"))
    case "new-lesson": return .newLesson(try one("the id of the lesson that is to be"))
    case "record-lesson": return .recordLessons(rest)
    case "drill": return .checkDrills
    case "claims": return .checkClaims
    case "esdk": throw Misuse(problem: "esdk comes first, and its options behind it")
    case "help": return .help
    default:
      let known = [
        "lesson", "lessons", "run", "replay", "resume", "lint", "drill", "claims", "esdk",
        "new-lesson", "record-lesson", "export-script",
      ]
      let near = NearNames.of(name, among: known)
      throw Misuse(
        problem: "there is no command \(JSON.quoted(name))"
          + (near.isEmpty ? "" : "; did you mean \(near[0])?"))
    }
  }
}
