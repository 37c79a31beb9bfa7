import Commands
import Values

extension Verb {
  static let fileVerbs: [Verb] = [
    Verb(
      "cat FILE…", .files, "show lab files; cat > FILE <<'EOF' makes one",
      example: "cat policy.json"
    ) {
      workbook, call, turn in
      workbook.cat(call, &turn)
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
      workbook.remove(call, &turn)
    },
    Verb("echo WORDS", .files, "print words", example: "echo $ITERATOR") { _, call, turn in
      turn.print(ShellBuiltins.echo(call.words))
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
      "export-file NAME [PATH] [--over]", .files,
      "copy a lab file to your disk; --over replaces what the disk has there",
      example: "export-file policy.json"
    ) {
      workbook, call, turn in
      guard let call = workbook.atTheDoor(call, &turn) else { return }
      workbook.exportFile(call, &turn)
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
    let rule =
      call.name == "import"
      ? "In a lesson no file comes from your disk unasked."
      : "In a lesson no file goes to your disk unasked."
    turn.complain("\(rule)\n\(line) --yes   does it\n", status: 1)
    return nil
  }

  /// Never in place of another content, unless that is asked for.
  fileprivate func exportFile(_ call: VerbCall, _ turn: inout Turn) {
    let words = call.words.filter { $0 != "--over" }
    guard (1...2).contains(words.count), let name = words.first, let path = words.last else {
      return turn.misuse(call, "export-file wants a file of the lab")
    }
    guard let bytes = desk.files[name] else {
      let near = NearNames.of(name, among: desk.files.names)
      return turn.complain(
        "There is no lab file \(JSON.quoted(name))."
          + (near.isEmpty ? "" : " Did you mean \(near[0])?") + "\n", status: 1)
    }
    // What an earlier command of the line writes is not on the disk yet.
    let isTaken = turn.effects.contains {
      if case .write(path, let others) = $0 { others != bytes } else { false }
    }
    if words.count == call.words.count, isTaken || isOtherOnDisk?(path, bytes) == true {
      return turn.complain(
        "\(path) is on your disk already, with another content, and stays as it is.\n"
          + "export-file \(call.words.joined(separator: " ")) --over   replaces it\n", status: 1)
    }
    turn.effects.append(.write(path: path, bytes: bytes))
  }

  fileprivate mutating func remove(_ call: VerbCall, _ turn: inout Turn) {
    var names = call.words[...]
    var isForced = false
    var isRecursive = false
    while let option = names.first, option.hasPrefix("-"), option != "-",
      desk.files[option] == nil
    {
      names.removeFirst()
      if option == "--" { break }
      guard option.dropFirst().allSatisfy({ "frRiv".contains($0) }) else {
        return turn.misuse(call, "rm has no option \(JSON.quoted(option))")
      }
      isForced = isForced || option.contains("f")
      isRecursive = isRecursive || option.contains("r") || option.contains("R")
    }
    guard !names.isEmpty || isForced else { return turn.misuse(call, "rm wants a file") }
    for name in names {
      if desk.files[name] != nil {
        desk.files[name] = nil
        continue
      }
      // A folder is what names begin with.
      let folder = name.hasSuffix("/") ? name : name + "/"
      let below = desk.files.names.filter { $0.hasPrefix(folder) }
      if !below.isEmpty, isRecursive {
        for file in below { desk.files[file] = nil }
      } else if !below.isEmpty {
        turn.complain("rm: cannot remove '\(name)': Is a directory\n", status: 1)
      } else if !isForced {
        turn.complain("rm: cannot remove '\(name)': No such file in the lab\n", status: 1)
      }
    }
  }

  fileprivate func cat(_ call: VerbCall, _ turn: inout Turn) {
    var names = call.words[...]
    var isNumbered = false
    while let option = names.first, option == "-n" || option == "--" {
      names.removeFirst()
      if option == "--" { break }
      isNumbered = true
    }
    if names.isEmpty, call.input != nil { names = ["-"] }
    guard !names.isEmpty else { return turn.misuse(call, "cat wants a file") }
    for name in names {
      switch name {
      case "-":
        guard let input = call.input else {
          turn.complain(
            "cat: -: there is no standard input here: <<'EOF' behind the command brings a text\n",
            status: 1)
          continue
        }
        show(input, numbered: isNumbered, &turn)
      case "/dev/null": continue
      default: show(file: name, &turn, numbered: isNumbered)
      }
    }
  }

  private func show(file name: String, _ turn: inout Turn, numbered: Bool) {
    guard let bytes = desk.files[name] else {
      let near = NearNames.of(name, among: desk.files.names)
      turn.complain(
        "cat: \(name): No such file in the lab"
          + (near.isEmpty ? "\n" : "; did you mean \(near[0])?\n"), status: 1)
      return
    }
    show(String(decoding: bytes, as: UTF8.self), numbered: numbered, &turn)
  }

  private func show(_ text: String, numbered: Bool, _ turn: inout Turn) {
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
        if name.isEmpty, call.words.count > 1 {
          return turn.misuse(call, "no blanks stand around the = of a variable")
        }
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
