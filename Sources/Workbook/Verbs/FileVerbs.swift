import Commands
import Values

extension Verb {
  static let fileVerbs: [Verb] = [
    Verb(
      "cat FILE…", .files, "show lab files; cat > FILE <<'EOF' makes one",
      example: "cat policy.json"
    ) {
      workbook, call, turn in
      if let input = call.input, call.words.isEmpty {
        turn.print(input)
        return
      }
      guard !call.words.isEmpty else { return turn.misuse(call, "cat wants a file") }
      let isNumbered = call.words.first == "-n"
      for name in call.words.dropFirst(isNumbered ? 1 : 0) {
        workbook.show(file: name, call, &turn, numbered: isNumbered)
      }
    },
    Verb(
      "zcat FILE…", .files, "show lab files that gzip packed, such as a trail's log files",
      example: "zcat events.json.gz"
    ) { workbook, call, turn in
      guard !call.words.isEmpty else { return turn.misuse(call, "zcat wants a file") }
      for name in call.words { workbook.unpack(name, "zcat", &turn) { $0.print($1) } }
    },
    Verb(
      "gunzip [-c|-k] FILE…", .files, "unpack lab files: FILE.gz becomes FILE; -c shows, -k keeps",
      example: "gunzip -c events.json.gz"
    ) { workbook, call, turn in
      workbook.gunzip(call, &turn)
    },
    Verb("ls [FILE…]", .files, "the lab's files; -l with their sizes", example: "ls -l") {
      workbook, call, turn in
      workbook.list(call, &turn)
    },
    Verb("rm FILE…", .files, "remove lab files", example: "rm policy.json") {
      workbook, call, turn in
      guard !call.words.isEmpty else { return turn.misuse(call, "rm wants a file") }
      let isForced = call.words[0] == "-f"
      for name in call.words.dropFirst(isForced ? 1 : 0) {
        if workbook.desk.files[name] == nil, !isForced {
          turn.complain("rm: cannot remove '\(name)': No such file in the lab\n", status: 1)
        }
        workbook.desk.files[name] = nil
      }
    },
    Verb("echo WORDS", .files, "print words", example: "echo $ITERATOR") { _, call, turn in
      var words = call.words[...]
      var end = "\n"
      var isEscaped = false
      while let option = words.first, ["-n", "-e", "-ne", "-en"].contains(option) {
        if option.contains("n") { end = "" }
        if option.contains("e") { isEscaped = true }
        words.removeFirst()
      }
      let text = words.joined(separator: " ")
      turn.print((isEscaped ? ShellBuiltins.escaped(text) : text) + end)
    },
    Verb(
      "export NAME=VALUE", .files, "set a variable for the commands to come",
      example: "export AWS_PROFILE=producer"
    ) { workbook, call, turn in
      workbook.export(call, &turn)
    },
    Verb("unset NAME", .files, "forget a variable", example: "unset AWS_PROFILE") {
      workbook, call, _ in
      for name in call.words { workbook.desk.variables.remove(name) }
    },
    Verb(
      "import PATH [NAME]", .files, "copy a file of your disk into the lab",
      example: "import policy.json"
    ) {
      workbook, call, turn in
      guard let call = workbook.atTheDoor(call, &turn) else { return }
      guard (1...2).contains(call.words.count) else {
        return turn.misuse(call, "import wants a path")
      }
      let path = call.words[0]
      let name =
        call.words.count == 2 ? call.words[1] : String(path.split(separator: "/").last ?? "")
      turn.effects.append(.read(path: path, name: name))
      // Why it cannot be read, whoever reads it says.
      if workbook.canRead?(path) == false { turn.status = 1 }
    },
    Verb(
      "export-file NAME [PATH]", .files, "copy a lab file to your disk",
      example: "export-file policy.json"
    ) {
      workbook, call, turn in
      guard let call = workbook.atTheDoor(call, &turn) else { return }
      guard (1...2).contains(call.words.count) else {
        return turn.misuse(call, "export-file wants a file of the lab")
      }
      guard let bytes = workbook.desk.files[call.words[0]] else {
        return turn.complain("There is no lab file \(JSON.quoted(call.words[0])).\n", status: 1)
      }
      turn.effects.append(.write(path: call.words.last ?? "", bytes: bytes))
    },
  ]
}

extension Workbook {
  /// The text of a packed file, or a complaint.
  fileprivate func unpack(
    _ name: String, _ verb: String, _ turn: inout Turn, _ take: (inout Turn, [UInt8]) -> Void
  ) {
    guard let bytes = desk.files[name] else {
      let near = NearNames.of(name, among: desk.files.names)
      return turn.complain(
        "\(verb): \(name): No such file in the lab"
          + (near.isEmpty ? "\n" : "; did you mean \(near[0])?\n"), status: 1)
    }
    do throws(Gzip.Failure) {
      take(&turn, try Gzip.decompress(bytes))
    } catch {
      let problem: String =
        switch error {
        case .notGzip: "not in gzip format"
        case .inflate, .damaged: "the file is damaged or cut short"
        }
      turn.complain("\(verb): \(name): \(problem)\n", status: 1)
    }
  }

  fileprivate mutating func gunzip(_ call: VerbCall, _ turn: inout Turn) {
    let options = call.words.filter { $0.hasPrefix("-") }
    let names = call.words.filter { !$0.hasPrefix("-") }
    if let unknown = options.first(where: { !["-c", "-k"].contains($0) }) {
      return turn.misuse(call, "gunzip has no option \(JSON.quoted(unknown))")
    }
    guard !names.isEmpty else { return turn.misuse(call, "gunzip wants a file") }
    for name in names {
      if options.contains("-c") {
        unpack(name, "gunzip", &turn) { $0.print($1) }
        continue
      }
      guard name.hasSuffix(".gz"), name.count > 3 else {
        turn.complain("gunzip: \(name): unknown suffix -- ignored\n", status: 2)
        continue
      }
      var unpacked: [UInt8]?
      unpack(name, "gunzip", &turn) { unpacked = $1 }
      guard let unpacked else { continue }
      desk.files[String(name.dropLast(3))] = unpacked
      if !options.contains("-k") { desk.files[name] = nil }
    }
  }

  /// Asks before a file comes from the disk or goes there while a lesson runs: a lesson's own lines
  /// never may. `--yes` is the answer; without it nothing happens.
  fileprivate func atTheDoor(_ call: VerbCall, _ turn: inout Turn) -> VerbCall? {
    var answered = call
    answered.words.removeAll { $0 == "--yes" }
    guard desk.lesson != nil, answered.words.count == call.words.count else { return answered }
    let line = ([call.name] + call.words).joined(separator: " ")
    turn.complain(
      "You are in a lesson, which needs no file of your disk. Do you want to all the same?\n"
        + "\(line) --yes   does it\n", status: 1)
    return nil
  }

  fileprivate func show(
    file name: String, _ call: VerbCall, _ turn: inout Turn, numbered: Bool = false
  ) {
    guard let bytes = desk.files[name] else {
      let near = NearNames.of(name, among: desk.files.names)
      turn.complain(
        "cat: \(name): No such file in the lab"
          + (near.isEmpty ? "\n" : "; did you mean \(near[0])?\n"), status: 1)
      return
    }
    let text = String(decoding: bytes, as: UTF8.self)
    guard numbered else { return turn.print(text) }
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    if lines.last == "" { lines.removeLast() }
    for (index, line) in lines.enumerated() {
      let number = String(index + 1)
      turn.print(
        String(repeating: " ", count: max(0, 6 - number.utf8.count)) + "\(number)\t\(line)\n")
    }
  }

  fileprivate func list(_ call: VerbCall, _ turn: inout Turn) {
    var names = call.words
    var hasSizes = false
    while let options = names.first, options.hasPrefix("-"), desk.files[options] == nil {
      // The lab's files are all of the same kind, so that most options of ls change nothing.
      guard options.dropFirst().allSatisfy({ "la1AhtrF".contains($0) }) else {
        return turn.misuse(call, "ls has no option \(JSON.quoted(options))")
      }
      hasSizes = hasSizes || options.contains("l")
      names.removeFirst()
    }
    // A folder is what names begin with, as aws-encryption-cli takes one.
    let all = desk.files.names
    names = names.flatMap { name -> [String] in
      guard desk.files[name] == nil else { return [name] }
      let bare = name.hasPrefix("./") ? String(name.dropFirst(2)) : name
      if bare.isEmpty || bare == "." { return all }
      let below = all.filter { $0.hasPrefix(bare.hasSuffix("/") ? bare : bare + "/") }
      return below.isEmpty ? [name] : below
    }
    for name in names.isEmpty ? all : names {
      guard let bytes = desk.files[name] else {
        turn.complain("ls: cannot access '\(name)': No such file in the lab\n", status: 2)
        continue
      }
      let size = String(bytes.count)
      let pad = String(repeating: " ", count: max(0, 8 - size.utf8.count))
      turn.print(hasSizes ? "\(pad)\(size)  \(name)\n" : "\(name)\n")
    }
  }

  fileprivate mutating func export(_ call: VerbCall, _ turn: inout Turn) {
    guard !call.words.isEmpty else {
      let set = desk.variables.all.filter(\.isExported)
      turn.print(set.map { "\($0.name)=\($0.value)\n" }.joined())
      return
    }
    for word in call.words {
      let sign = word.utf8.firstIndex(of: UInt8(ascii: "=")) ?? word.endIndex
      let name = String(word[..<sign])
      guard ShellVariables.isName(name) else {
        return turn.misuse(
          call,
          "\(JSON.quoted(name)) is no name for a variable: it has letters, digits and _, and begins with "
            + "no digit")
      }
      if sign == word.endIndex {
        desk.variables.export(name)
      } else {
        let value = String(word[word.utf8.index(after: sign)...])
        desk.variables.set(name, value, exporting: true)
      }
    }
  }

  /// A file of the learner's disk, which the executable has read.
  package mutating func receive(_ bytes: [UInt8], as name: String) {
    desk.files[name] = bytes
    imported[name] = bytes
  }
}
