import Cloud
import Narration
import Values

extension Verb {
  static let visibilityVerbs: [Verb] = [
    Verb(
      "visibility [--key-id KEY] [--lines]", .looking,
      "who gets to see the record, the data key and the KMS key in four ways to encrypt, from calls made "
        + "on a copy; --lines shows them",
      example: "visibility"
    ) { workbook, call, turn in
      workbook.visibility(call, &turn)
    }
  ]
}

extension Workbook {
  fileprivate func visibility(_ call: VerbCall, _ turn: inout Turn) {
    var words = call.words[...]
    var key = "arn:aws:kms:\(Region.usEast1):\(desk.world.account):key/\(StartNames.keyID)"
    var showsLines = false
    while let word = words.popFirst() {
      switch word {
      case "--lines": showsLines = true
      case "--key-id":
        guard let name = words.popFirst() else {
          return turn.misuse(call, "--key-id wants a KMS key of us-east-1")
        }
        guard let slot = SubjectNames.key(name, in: desk.world) else {
          return turn.misuse(
            call, "There is no key \(JSON.quoted(name)); aws kms list-aliases shows what there is")
        }
        key = desk.world.keys[slot].arn.description
      default: return turn.misuse(call, "visibility does not take \(JSON.quoted(word))")
      }
    }
    let ways = Visibility.ways(
      key: key,
      replacing: desk.world.streams.slot(named: Visibility.stream, in: .usEast1) != nil)
    if showsLines {
      for way in ways {
        turn.print("# \(way.name)\n" + way.lines.map { $0 + "\n" }.joined())
      }
      return
    }
    let found = Visibility(ways, in: self)
    turn.print(explain == .narrated ? found.sentences() : found.page())
  }
}
