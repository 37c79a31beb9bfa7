import Cloud
import Values

/// A lesson as its Markdown file has it.
package struct Lesson: Sendable {
  package var id = ""
  package var title = ""
  package var minutes = 0
  package var teaches: [String] = []
  /// Lessons that come before.
  package var needs: [String] = []
  /// `{stream}` and the like, in every text of the lesson.
  package var names: [(name: String, value: String)] = []
  package var clock: Instant?
  package var model: Model?
  /// What stands before the first step.
  package var intro: [String] = []
  package var setup: [Command] = []
  package var files: [(name: String, text: String)] = []
  package var steps: [Step] = []
  /// What the page at the end says first.
  package var summary: [String] = []
  package var glossary: [GlossaryEntry] = []
  /// Tells this text of the lesson from another, in transcripts.
  package var fingerprint = ""

  /// A command of the lesson, and the line of the file where it begins, from 1.
  package struct Command: Hashable, Sendable {
    package var text: String
    package var line: Int
  }

  package struct Step: Sendable {
    package var id: String
    package var teaches: [String] = []
    /// What must have been taught before.
    package var needs: [String] = []
    package var title = ""
    /// From 1.
    package var line: Int
    /// Off the main path: entered with `detour`, and left to where one came from.
    package var isDetour = false
    /// How few calls can do it, for whoever likes to try.
    package var golf: Int?
    package var prose: [ProseLine] = []
    package var checks: [CheckLine] = []
    package var feedback: [Feedback] = []
    package var hintWhen: [StateHint] = []
    package var hints: [Hint] = []
    package var solutions: [[Command]] = []
    package var wrongs: [Wrong] = []
    package var quizzes: [Quiz] = []
    /// Where it goes on; where none holds, with the next step of the file.
    package var branches: [Branch] = []

    /// A step without a check is read, not done.
    package var isReading: Bool { checks.isEmpty && quizzes.isEmpty }

    /// What is to be foretold, in order.
    var predictions: [String] {
      prose.compactMap { line in
        if case .predict(let command) = line { command } else { nil }
      }
    }
  }

  /// What a step shows, in order.
  package enum ProseLine: Hashable, Sendable {
    case text(String)
    /// Demonstrated: run, with its output.
    case show(String)
    /// Put at the prompt.
    case attempt(String)
    /// To be foretold before it is run.
    case predict(String)
  }

  package struct CheckLine: Sendable {
    package var predicate: Predicate
    /// The feedback that this way off the path raises; nothing for a goal.
    package var offPath: String?
    package var line: Int
  }

  /// What is said about a way off the path.
  package struct Feedback: Hashable, Sendable {
    package var name: String
    package var text: String
    /// A step off the main path that helps.
    package var detour: String?
    package var line: Int
  }

  /// A hint that comes by itself when the world is so.
  package struct StateHint: Sendable {
    package var predicate: Predicate
    package var text: String
    package var detour: String?
    package var line: Int
  }

  package struct Hint: Sendable {
    package var title: String
    /// It is passed over while this does not hold.
    package var predicate: Predicate?
    package var text: [String]
    package var line: Int
  }

  /// A mistake that somebody will make.
  package struct Wrong: Sendable {
    package var id: String
    package var expects: String
    package var commands: [Command]
    package var line: Int
  }

  package struct Quiz: Hashable, Sendable {
    package var question: String
    package var choices: [Choice]
    package var line: Int

    package struct Choice: Hashable, Sendable {
      package var text: String
      package var reason: String
      package var isRight: Bool
    }

    /// The number of the right choice, from 1.
    package var answer: Int { (choices.firstIndex { $0.isRight } ?? 0) + 1 }
  }

  /// `go STEP if PREDICATE`, `go STEP`, `go end`
  package struct Branch: Sendable {
    package var target: String
    package var predicate: Predicate?
    package var line: Int

    package static let end = "end"
  }

  package func step(_ id: String) -> Int? { steps.firstIndex { $0.id == id } }

  /// The steps that everybody takes who makes no detour, in the order of the file.
  package var mainSteps: [Int] { steps.indices.filter { !steps[$0].isDetour } }

  /// The step of the main path behind a place.
  func mainStep(after place: Int) -> Int? {
    steps.indices.first { $0 > place && !steps[$0].isDetour }
  }
}

/// A word of the field, and what it means.
package struct GlossaryEntry: Hashable, Sendable {
  package var term: String
  package var text: String
}

/// Why a lesson's file cannot be used.
package struct LessonError: Error, Hashable, Sendable {
  package var file: String
  /// Counts from 1.
  package var line: Int
  package var problem: String
  /// The line of the file, with a caret under what is wrong.
  package var excerpt: [String] = []

  package var text: String {
    (["\(file):\(line): \(problem)"] + excerpt.map { "    \($0)" }).joined(separator: "\n")
  }
}
