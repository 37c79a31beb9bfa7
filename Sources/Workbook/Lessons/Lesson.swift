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
  package var setup: [String] = []
  package var files: [(name: String, text: String)] = []
  package var steps: [Step] = []
  /// Tells this text of the lesson from another, in transcripts.
  package var fingerprint = ""

  package struct Step: Sendable {
    package var id: String
    package var teaches: [String] = []
    package var title = ""
    package var line: Int
    package var prose: [ProseLine] = []
    package var checks: [CheckLine] = []
    package var feedback: [(name: String, text: String)] = []
    package var hintWhen: [(predicate: Predicate, text: String)] = []
    package var hints: [Hint] = []
    package var solutions: [[String]] = []
    package var wrongs: [Wrong] = []
    package var quizzes: [Quiz] = []

    /// A step without a check is read, not done.
    package var isReading: Bool { checks.isEmpty && quizzes.isEmpty }
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
  }

  package struct Hint: Hashable, Sendable {
    package var title: String
    package var text: [String]
  }

  /// A mistake that somebody will make.
  package struct Wrong: Sendable {
    package var id: String
    package var expects: String
    package var lines: [String]
  }

  package struct Quiz: Hashable, Sendable {
    package var question: String
    package var choices: [Choice]

    package struct Choice: Hashable, Sendable {
      package var text: String
      package var reason: String
      package var isRight: Bool
    }
  }

  package func step(_ id: String) -> Int? { steps.firstIndex { $0.id == id } }
}

/// Why a lesson's file cannot be used.
package struct LessonError: Error, Hashable, Sendable {
  package var file: String
  /// Counts from 1.
  package var line: Int
  package var problem: String

  package var text: String { "\(file):\(line): \(problem)" }
}
