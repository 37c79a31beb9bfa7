import Cloud
import Commands
import Narration
import Policies
import Replies
import Values

extension Verb {
  static let lookingVerbs: [Verb] = [
    Verb(
      "why [EVENT] [all]", .looking,
      "the last refusal in full; an event of the trail, back to the statement that decided; all: with every statement that came near",
      example: "why e2"
    ) { workbook, call, turn in
      let isWhole = call.words.last == "all" || workbook.explain == .full
      let words = call.words.last == "all" ? call.words.dropLast() : call.words[...]
      switch words.count {
      case 0: workbook.why(all: isWhole, &turn)
      case 1: workbook.why(event: words[0], all: isWhole, call, &turn)
      default:
        turn.misuse(call, "why wants one event, or nothing for the last refusal, and perhaps all")
      }
    },
    Verb(
      "explain off|brief|full|json|narrated|NUMBER [all]|KH-…|NAME", .looking,
      "how much stands under a reply; one call of the journal, by its number, with all: every statement that came near; a message, or something that the guide names, by its name",
      example: "explain full"
    ) { workbook, call, turn in
      guard let word = call.words.first else {
        turn.print("explain \(workbook.explain.rawValue)\n")
        return
      }
      if let number = UInt32(word), call.words.count == 1 || call.words.dropFirst() == ["all"] {
        let isWhole = call.words.count == 2 || workbook.explain == .full
        return workbook.explain(event: number, all: isWhole, call, &turn)
      }
      if word.uppercased().hasPrefix("KH-") {
        guard call.words.count == 1, let message = MessagePage.named(word) else {
          let near = NearNames.of(word.uppercased(), among: MessagePage.table.map(\.name))
          return turn.misuse(
            call,
            "There is no message \(JSON.quoted(word))"
              + (near.isEmpty ? "" : "; did you mean \(near[0])?"))
        }
        return turn.print(message.page)
      }
      guard call.words.count == 1, let level = ExplainLevel(rawValue: word) else {
        if let name = GuideName.named(call.words.joined(separator: " ")) {
          return turn.print(name.page)
        }
        return turn.misuse(call, "\(JSON.quoted(word)) is no level")
      }
      workbook.explain = level
      turn.print("explain \(level.rawValue)\n")
    },
    Verb(
      "xray STREAM [SEQUENCE]", .looking, "the bytes on the disk, labelled",
      example: "xray my-existing-stream"
    ) { workbook, call, turn in
      workbook.xray(call, &turn)
    },
    Verb(
      "can P ACTION on R [via STREAM] [with KEY=VALUE…]", .looking,
      "what the answer would be, and why",
      example: "can producer kms:GenerateDataKey on \(StartNames.keyID) via my-existing-stream"
    ) { workbook, call, turn in
      workbook.can(call, &turn)
    },
    Verb(
      "query [-r] EXPRESSION", .looking, "a --query on the last reply; -r: a text without quotes",
      example: "query Keys[0]"
    ) {
      workbook, call, turn in
      workbook.query(call, &turn)
    },
    Verb("whoami", .looking, "whose credentials are in use", example: "whoami") {
      workbook, _, turn in
      workbook.whoami(&turn)
    },
    Verb("models", .looking, "where the guide and AWS disagree", example: "models") {
      workbook, _, turn in
      turn.print(ModelTable.page(current: workbook.desk.world.model))
    },
    Verb("fidelity", .looking, "where the lab simplifies or assumes", example: "fidelity") {
      _, _, turn in
      turn.print(Fidelity.page())
    },
  ]
}

extension Workbook {
  fileprivate func why(all isWhole: Bool, _ turn: inout Turn) {
    if let key = desk.unknownKey {
      var page = Page()
      for line in ErrorAdvice.unknownKey(key) { page.add(line, .bad) }
      page.add(desk.wayBack, .next)
      return turn.print(page)
    }
    guard let event = desk.lastFailure, let error = event.error?.error else {
      turn.print("Nothing was refused yet.\n")
      return
    }
    var page = Page()
    page.add(desk.title(of: event), .note)
    if let missing = ErrorAdvice.missingRole(event, in: desk.world) { page.add(missing, .bad) }
    if let decision = error.decision {
      if let remark = ErrorAdvice.remark(onDecisionOf: error) { page.add("\(remark):", .bad) }
      page.add(told(decision, all: isWhole, by: "why all"))
      return turn.print(page)
    }
    page.add("\(error.code): \(error.message)", .bad)
    page.add(ErrorAdvice.page(error), indented: 2)
    let events = desk.cloud.journal.suffix(from: 0)
    if let denied = events.last(where: { $0.error?.error.decision != nil }) {
      page.add("explain \(denied.id)   the last refusal for want of permission", .next)
    }
    turn.print(page)
  }

  /// A decision with every statement that was read, in sentences for whoever listens; `isWhole` shows
  /// where each near one misses.
  private func told(_ decision: Decision, all isWhole: Bool, by command: String) -> Page {
    if explain == .narrated { return Refusal.narrated(decision) }
    return Refusal.page(
      decision, full: true,
      nearMisses: isWhole ? Refusal.everyNearMiss : Refusal.mostNearMisses, all: command)
  }

  /// The whole story of one call, by its number in the journal, which `explain json` shows.
  fileprivate func explain(
    event number: UInt32, all isWhole: Bool, _ call: VerbCall, _ turn: inout Turn
  ) {
    guard let event = desk.cloud.journal.first(where: { $0.id == number }) else {
      let last = desk.cloud.lastEvent
      return turn.misuse(
        call,
        last == 0
          ? "There is no call yet: type an aws command first"
          : "There is no call \(number): the journal has 1 to \(last)")
    }
    var page = Page()
    page.add(
      "call \(event.id), \(event.at.zulu): \(event.operation.rawValue) by \(desk.world.caller(event))",
      .heading)
    if event.call.parent > 0 { page.add("made by Kinesis for call \(event.call.parent)") }
    if let missing = ErrorAdvice.missingRole(event, in: desk.world) { page.add(missing, .bad) }
    if let remark = event.error.flatMap({ ErrorAdvice.remark(onDecisionOf: $0.error) }) {
      page.add("\(remark):", .bad)
    }
    if let decision = event.error?.error.decision ?? event.decision?.decision {
      page.add(told(decision, all: isWhole, by: "explain \(number) all"))
    }
    if let error = event.error?.error {
      page.add("\(error.code): \(error.message)", .bad)
      if error.decision == nil { page.add(ErrorAdvice.page(error), indented: 2) }
    }
    turn.print(page)
  }

  fileprivate mutating func xray(_ call: VerbCall, _ turn: inout Turn) {
    guard (1...2).contains(call.words.count) else {
      return turn.misuse(call, "xray wants a stream")
    }
    let name = call.words[0]
    guard let slot = SubjectNames.stream(name, in: desk.world, from: regionInUse) else {
      let names = desk.world.streams.slots(in: regionInUse).map { desk.world.streams[$0].name }
      let near = NearNames.of(name, among: names)
      return turn.misuse(
        call,
        "There is no stream \(JSON.quoted(name))."
          + (near.isEmpty ? "" : " Did you mean \(near[0])?"))
    }
    var place: (shard: Int, record: Int)?
    if call.words.count == 2 {
      guard let number = SequenceNumber(call.words[1]),
        let shard = desk.world.streams[slot].shards.firstIndex(where: {
          UInt32($0.index) == number.shard
        }), number.index >= 1,
        number.index <= UInt64(desk.world.streams[slot].shards[shard].count)
      else {
        return turn.misuse(
          call, "\(JSON.quoted(call.words[1])) is no sequence number of that stream")
      }
      place = (shard, Int(number.index) - 1)
    }
    turn.print(XRay.page(slot, record: place, in: desk.world))
  }

  fileprivate func can(_ call: VerbCall, _ turn: inout Turn) {
    let words = call.words.prefix { $0 != "with" }
    let extras = call.words.dropFirst(words.count + 1)
    let text = "can " + words.joined(separator: " ") + " = allow"
    guard let predicate = try? Predicate(parsing: text),
      case .can(let principal, let action, let resource, let via, _) = predicate.form
    else { return turn.misuse(call, "can wants a principal, an action, on and a resource") }
    guard let (everybody, session) = SubjectNames.asker(principal, in: desk.cloud) else {
      return turn.misuse(
        call, SubjectNames.nobody(principal, in: desk.world), name: "KH-ASK-WHO")
    }
    let asked: AskedAccess
    do throws(Misunderstood) {
      asked = try AskedAccess(action: action, resource: resource, via: via, in: desk.world)
    } catch {
      return turn.misuse(call, error.text, name: "KH-ASK-WHAT")
    }
    if !Cloud.needsPermission(asked.action) {
      return turn.print(
        "Allowed: \(asked.action) needs no permission, and no policy is asked\n")
    }
    var prepared = asked.prepared(for: session, in: everybody)
    for extra in extras {
      guard let sign = extra.firstIndex(of: "="), extra.contains(":") else {
        return turn.misuse(
          call,
          "\(JSON.quoted(extra)) is no condition key with its value, such as "
            + "kms:EncryptionContext:Department=IT")
      }
      prepared.question.context[String(extra[..<sign])] = [
        String(extra[extra.index(after: sign)...])
      ]
    }
    let decision = prepared.decision()
    let credentials = everybody.world.identities[session]
    var page = Page()
    let refusal = decision.verdict == .allowed ? asked.stateRefusal(in: desk.world) : nil
    if let refusal, case .key(let key) = asked.subject {
      page.add(
        "Permitted, but the call would fail with \(refusal.code): the key is "
          + desk.world.keys[key].state.rawValue, .bad)
    }
    page.add(
      explain == .narrated ? Refusal.narrated(decision) : Refusal.page(decision, full: false))
    if let note = asked.note { page.add("  \(note)", .note) }
    if let end = credentials.expires, end <= desk.world.now {
      page.add("  These credentials expired at \(end.zulu): every call with them is refused.", .bad)
    }
    turn.print(page)
    turn.status = decision.verdict == .allowed && refusal == nil ? 0 : 1
  }

  fileprivate func query(_ call: VerbCall, _ turn: inout Turn) {
    guard let reply = desk.lastReply else {
      // On standard error, so that $(query …) does not take it for a value.
      return turn.complain(
        desk.lastOperation.map { "\($0) answered nothing: there is no reply to ask.\n" }
          ?? "There was no reply yet: run an aws command first.\n", status: 1)
    }
    let isRaw = call.words.first == "-r"
    let expression = call.words.dropFirst(isRaw ? 1 : 0).joined(separator: " ")
    do throws(JMESPathError) {
      let found = try JMESPath(parsing: expression).search(reply)
      turn.print((isRaw ? found.string : nil) ?? found.pretty)
      turn.print("\n")
    } catch {
      turn.complain("\(error.message)\n", status: 252)
    }
  }

  fileprivate func whoami(_ turn: inout Turn) {
    guard let (profile, session) = desk.identity else {
      turn.complain(
        desk.noCredentials, status: 1)
      return
    }
    let found = desk.world.identities[session]
    var page = Page()
    var rows = [
      ["profile", profile], ["principal", found.principal.arn],
      ["account", found.principal.account],
    ]
    if let role = found.principal.roleARN { rows.append(["role", role]) }
    let isOver = found.expires.map { $0 <= desk.world.now } ?? false
    if let end = found.expires {
      rows.append(["until", end.zulu + (isOver ? ": they have expired" : "")])
    }
    if found.status == .inactive { rows.append(["status", "Inactive: switched off"]) }
    func names(_ policies: [AttachedPolicy]) -> String {
      policies.isEmpty ? "none" : policies.map(\.label).joined(separator: ", ")
    }
    rows.append(["policies", names(desk.world.identities.policies(of: session))])
    if let boundary = desk.world.identities.holder(of: session)?.boundary {
      rows.append(["boundary", "\(ARN(boundary)?.resourceName ?? boundary), which limits them"])
    }
    if !found.policies.isEmpty {
      rows.append(["session", "\(names(found.policies)), which came with them and limits them"])
    }
    page.add(table: rows)
    if isOver { page.add("Every call with these credentials is refused: get new ones.", .bad) }
    let others = desk.world.identities.profiles.filter { $0 != profile }
    page.add("as \(others.joined(separator: ", as "))   changes", .next)
    turn.print(page)
  }
}
