import API
import Narration
import Values

extension LessonLint {
  /// Words in prose that are nearly an action, an operation or a verb; choices that look alike.
  mutating func checkWords() {
    checkChoices()
    var isFence = false
    var isRead = false
    for (index, line) in source.enumerated() {
      if line.hasPrefix("```") {
        isFence.toggle()
        // What is read is read there as well.
        isRead = ["```keyhole summary", "```keyhole quiz"].contains { line.hasPrefix($0) }
      }
      if isFence, !isRead { continue }
      for code in Self.code(in: line) {
        guard let problem = Self.slip(in: code), !isMeant(problem.word) else { continue }
        complain(problem.text, at: index + 1, part: problem.word)
      }
    }
  }

  /// A learner who sees two choices alike can only guess.
  private mutating func checkChoices() {
    for quiz in lesson.steps.flatMap(\.quizzes) {
      var seen: Set<String> = []
      for choice in quiz.choices {
        let looks = Self.squeezed(
          Markdown.plain(choice.text).lowercased().filter { !".,!;:".contains($0) })
        guard !seen.insert(looks).inserted else { continue }
        complain(
          "two choices of the question look alike: \(JSON.quoted(choice.text))", at: quiz.line,
          part: choice.text)
      }
    }
  }

  /// A lesson may be about a slip: then it stands in one of its files or commands as well.
  private func isMeant(_ word: String) -> Bool {
    lesson.files.contains { $0.text.contains(word) }
      || (LessonShelf.fixtures + sharedFiles).contains { $0.text.contains(word) }
      || lesson.setup.contains { $0.text.contains(word) }
      || lesson.names.contains { $0.value.contains(word) }
  }

  /// What looks like a name of AWS or of the lab, is none, and is near one.
  static func slip(in code: String) -> (word: String, text: String)? {
    let words = code.split(separator: " ").map(String.init)
    guard let first = words.first else { return nil }
    if first == "aws", words.count > 2 { return slip(ofService: words[1], operation: words[2]) }
    guard words.count == 1 else { return nil }
    if first.contains(":") { return slip(ofAction: first) }
    let isPlain = first.allSatisfy { $0 == "-" || ($0.isLetter && $0.isLowercase && $0.isASCII) }
    guard isPlain, first.count > 2, Verb.named(first) == nil, !operations.contains(first) else {
      return nil
    }
    let known = first.contains("-") ? operations + Verb.table.map(\.name) : Verb.table.map(\.name)
    guard let near = known.first(where: { isTypo(first, of: $0) }) else { return nil }
    return (first, "\(JSON.quoted(first)) is no command and no verb; did you mean \(near)?")
  }

  private static func slip(ofService service: String, operation: String) -> (
    word: String, text: String
  )? {
    let isName = { (word: String) in
      word.allSatisfy { $0 == "-" || $0.isNumber || ($0.isLetter && $0.isLowercase) }
    }
    guard isName(service), isName(operation), !["configure", "help"].contains(service),
      !["help", "wait"].contains(operation)
    else { return nil }
    guard let found = API.Service.named(service) else {
      let near = API.Service.allNames.first { isTypo(service, of: $0) }
      return near.map { (service, "there is no aws \(service); did you mean \($0)?") }
    }
    guard found.operation(cli: operation) == nil else { return nil }
    let names = commands(of: found)
    guard !names.contains(operation), let near = NearNames.of(operation, among: names).first else {
      return nil
    }
    return (operation, "aws \(service) has no \(operation); did you mean \(near)?")
  }

  private static func slip(ofAction action: String) -> (word: String, text: String)? {
    let parts = action.split(separator: ":", omittingEmptySubsequences: false)
    let isName = parts.count == 2 && !parts[1].isEmpty && parts[1].allSatisfy(\.isLetter)
    guard isName, ConditionKeys.isKnown(action) == false,
      let problem = ActionNames.look(at: action), problem.kind == .unknownAction,
      let near = problem.near
    else { return nil }
    return (action, "\(problem.what); did you mean \(near)?")
  }

  /// Operations as the CLI spells them.
  private static let operations: [String] = API.Service.allNames.flatMap {
    API.Service.named($0).map(commands) ?? []
  }

  private static func commands(of service: API.Service) -> [String] {
    service.operations.map(\.cli) + service.known.map(\.cli)
  }

  /// One letter more, less, another one, or two that changed places: what is farther off is another word.
  private static func isTypo(_ word: String, of name: String) -> Bool {
    guard word != name, word.first == name.first, word.utf8.count > 2 else { return false }
    let distance = NearNames.editDistance(word, name, bound: 2)
    return distance == 1 || (distance == 2 && word.utf8.count > 3 && word.sorted() == name.sorted())
  }
}
