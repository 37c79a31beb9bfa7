import Cloud
import Commands
import Narration
import Policies
import Values

extension Verb {
  static let goingVerbs: [Verb] = [
    Verb(
      "undo [N]", .going,
      "take back the last line that changed something, and what only asked or was refused after it",
      example: "undo 2"
    ) {
      workbook, call, turn in
      workbook.undo(call, &turn)
    },
    Verb("redo [N]", .going, "do again what undo took back", example: "redo") {
      workbook, call, turn in
      workbook.redo(call, &turn)
    },
    Verb("clock", .going, "the lab's time, and what it will bring", example: "clock") {
      workbook, _, turn in
      turn.print(workbook.clockPage())
    },
    Verb(
      "wait DURATION", .going, "let the lab's clock go on: 15s, 5m, 1h30m, 1d, 1w",
      example: "wait 5m"
    ) {
      workbook, call, turn in
      workbook.wait(call, &turn)
    },
  ]

  static let labVerbs: [Verb] = [
    Verb("as PROFILE", .lab, "use the credentials of a profile", example: "as producer") {
      workbook, call, turn in
      workbook.become(call, &turn)
    },
    Verb(
      "model [described|documented]", .lab, "which text the lab follows",
      example: "model documented"
    ) {
      workbook, call, turn in
      workbook.setModel(call, &turn)
    },
    Verb("clear", .lab, "clear the screen", example: "clear") { _, _, turn in
      turn.effects.append(.clearScreen)
    },
    Verb(
      "quit [CODE]", .lab, "leave; what you did is kept; exit CODE ends with that exit code",
      example: "quit"
    ) { workbook, call, turn in
      workbook.leave(call, &turn)
    },
  ]
}

extension Workbook {
  /// `exit` ends with the exit code that it names, or else with that of the command before it.
  fileprivate func leave(_ call: VerbCall, _ turn: inout Turn) {
    if call.name == "exit" {
      turn.status = desk.status
      if let word = call.words.first {
        guard let code = Int(word) else {
          turn.complain("exit: \(word): numeric argument required\n", status: 2)
          return turn.effects.append(.leave)
        }
        turn.status = Int32(code & 0xFF)
      }
    }
    turn.effects.append(.leave)
  }

  /// Puts another desk in place of this one, as a whole.
  mutating func replaceDesk(_ desk: Desk) {
    let marks = self.desk.marks
    let (lesson, drill) = (self.desk.lesson, self.desk.drill)
    self.desk = desk
    if let lesson { self.desk.lesson?.remember(lesson) }
    if let drill { self.desk.drill?.remember(drill) }
    self.desk.marks = marks
    self.desk.remarks = []
    self.desk.isUndone = true
  }

  fileprivate mutating func undo(_ call: VerbCall, _ turn: inout Turn) {
    let count = call.words.first.map { Int($0) } ?? 1
    guard call.words.count <= 1, let count, count > 0 else {
      return turn.misuse(call, "undo wants a number of lines")
    }
    guard !undoable.isEmpty else {
      turn.print("There is nothing to take back.\n")
      return
    }
    let place = desk.lesson?.place
    var taken: [UndoStep] = []
    var page = Page()
    for _ in 0..<count {
      // What only asked or was refused changed nothing that one could miss: it goes with the line
      // before it.
      var asked = 0
      while let step = undoable.popLast() {
        redoable.append(UndoStep(desk: desk, line: step.line, changes: step.changes, kept: kept))
        replaceDesk(step.desk)
        kept = step.kept
        taken.append(step)
        if step.changes {
          let rest =
            asked == 0
            ? "" : ", and \(ShortNames.plural(asked, "line")) after it that changed nothing"
          page.add("Took back: \(Self.firstLine(step.line))\(rest)")
          break
        }
        asked += 1
      }
      if undoable.isEmpty { break }
    }
    if !taken.contains(where: \.changes) {
      page.add(
        "Nothing was changed yet; \(ShortNames.plural(taken.count, "line")) that only asked went.")
    }
    page.add("The lab is at \(desk.world.digest.short).")
    if let lessonRun = desk.lesson, lessonRun.place != place {
      page.add("You are in step \(lessonRun.ordinal): \(lessonRun.step.title)")
    }
    turn.print(page)
  }

  fileprivate mutating func redo(_ call: VerbCall, _ turn: inout Turn) {
    let count = call.words.first.map { Ordinal.parse($0) } ?? 1
    guard call.words.count <= 1, let count else {
      return turn.misuse(call, "redo wants a number of lines")
    }
    guard !redoable.isEmpty else {
      turn.print("There is nothing to do again.\n")
      return
    }
    var last = ""
    for _ in 0..<min(count, redoable.count) { redoOne(&last) }
    turn.print(
      "Done again, up to: \(Self.firstLine(last))\nThe lab is at \(desk.world.digest.short).\n")
  }

  /// One line that changed something, and what asked after it.
  private mutating func redoOne(_ last: inout String) {
    while let step = redoable.popLast() {
      undoable.append(UndoStep(desk: desk, line: step.line, changes: step.changes, kept: kept))
      replaceDesk(step.desk)
      kept = step.kept
      last = step.line
      // What only asked after it belongs to it, as in undo.
      if redoable.last?.changes ?? true { break }
    }
  }

  fileprivate func clockPage() -> Page {
    var page = Page()
    page.add("\(desk.world.now.zulu) in the lab")
    for timer in desk.world.timers.pending {
      let isToday = timer.due.date == desk.world.now.date
      let time = isToday ? timer.due.timeOfDay : timer.due.zulu
      page.add("  \(time)  \(timer.transition.announced(in: desk.world))")
    }
    return page
  }

  fileprivate mutating func wait(_ call: VerbCall, _ turn: inout Turn) {
    // `1h 30m` is one time; the digits of two words are not one number.
    let runsTogether = zip(call.words, call.words.dropFirst()).contains {
      $0.last?.isNumber == true && $1.first?.isNumber == true
    }
    guard !call.words.isEmpty, !runsTogether, let duration = LabDuration.parse(call.words.joined())
    else {
      return turn.misuse(
        call,
        (call.words.isEmpty ? "" : "\(JSON.quoted(call.words.joined(separator: " "))) is no time: ")
          + "wait wants a time such as 15s, 5m, 1h30m, 2h, 1d or 1w, at most 400d")
    }
    desk.cloud.advance(by: duration)
    turn.print("It is \(desk.world.now.zulu) in the lab.\n")
  }

  fileprivate mutating func become(_ call: VerbCall, _ turn: inout Turn) {
    guard call.words.count == 1 else { return turn.misuse(call, "as wants one profile") }
    let name = call.words[0]
    guard let session = desk.world.identities.session(ofProfile: name) else {
      let names = desk.world.identities.everyProfile
      let near = NearNames.of(name, among: names)
      return turn.misuse(
        call,
        "There is no profile \(JSON.quoted(name)): "
          + (near.isEmpty
            ? "there are \(names.joined(separator: ", "))" : "did you mean \(near[0])?"))
    }
    desk.profile = name
    // A variable would go before the profile and make `as` look broken.
    if let variable = desk.profileVariable {
      desk.variables.set(variable.name, name, exporting: true)
    }
    turn.print("You are \(desk.world.identities[session].principal.arn)\n")
  }

  fileprivate mutating func setModel(_ call: VerbCall, _ turn: inout Turn) {
    guard let word = call.words.first else {
      turn.print("model \(desk.world.model.rawValue)\n")
      return
    }
    guard call.words.count == 1, let model = Model(rawValue: word) else {
      return turn.misuse(call, "The models are described and documented")
    }
    desk.cloud.setModel(model)
    turn.print(
      "model \(model.rawValue): "
        + (model == .described
          ? "the world as the guide tells it\n" : "the world as AWS documents it\n"))
  }
}

/// Durations as people write them.
enum LabDuration {
  /// Nothing for what is none, and for more than 400 days.
  static func parse(_ text: String) -> Duration? {
    var rest = text[...]
    var seconds: Int64 = 0
    repeat {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      guard let number = Int64(digits), digits.count <= 9 else { return nil }
      rest = rest.dropFirst(digits.count)
      let name = rest.prefix { $0.isLetter }
      rest = rest.dropFirst(name.count)
      // Only a number alone are seconds without a word.
      guard !name.isEmpty || digits.count == text.count, let unit = units[String(name)] else {
        return nil
      }
      seconds += number * unit
      guard seconds <= 400 * 86_400 else { return nil }
    } while !rest.isEmpty
    return .seconds(seconds)
  }

  private static let units: [String: Int64] = {
    let names: [(names: [String], seconds: Int64)] = [
      (["", "s", "sec", "secs", "second", "seconds"], 1),
      (["m", "min", "mins", "minute", "minutes"], 60), (["h", "hour", "hours"], 3600),
      (["d", "day", "days"], 86_400), (["w", "week", "weeks"], 7 * 86_400),
    ]
    var units: [String: Int64] = [:]
    for row in names { for name in row.names { units[name] = row.seconds } }
    return units
  }()
}
