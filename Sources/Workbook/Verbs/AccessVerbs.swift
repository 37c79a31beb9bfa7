import Cloud
import Narration
import Policies
import Values

extension Verb {
  static let accessVerbs: [Verb] = [
    Verb(
      "who-can ACTION on R [via STREAM]", .access, "every principal's answer, with its statement",
      example: "who-can kms:Decrypt on \(StartNames.keyID) via my-existing-stream"
    ) { workbook, call, turn in
      workbook.whoCan(call, &turn)
    },
    Verb("what-can P", .access, "all that a principal may do", example: "what-can producer") {
      workbook, call, turn in
      workbook.whatCan(call, &turn)
    },
    Verb(
      "matrix [changes|reasons]", .access,
      "principals and what they may do; changes: since the last checkpoint; reasons: what decided",
      example: "matrix changes"
    ) { workbook, call, turn in
      workbook.matrix(call, &turn)
    },
    Verb(
      "checkpoint", .access, "from here on matrix changes counts; so does every step of a lesson",
      example: "checkpoint"
    ) { workbook, call, turn in
      guard call.words.isEmpty else { return turn.misuse(call, "checkpoint takes no words") }
      workbook.desk.checkpoint = workbook.desk.cloud
      turn.print("checkpoint at \(workbook.desk.world.now.zulu)\n")
    },
    Verb(
      "what-if COMMAND", .access, "run a command on a copy: who gains, who loses",
      example:
        "what-if aws iam delete-role-policy --role-name kinesis-producer-role --policy-name ProducerAccess"
    ) { workbook, call, turn in
      workbook.whatIf(call, &turn)
    },
    Verb(
      "fix [--apply]", .access,
      "the least that lets the last refused call through, and what it opens",
      example: "fix"
    ) { workbook, call, turn in
      workbook.fix(call, &turn)
    },
  ]
}

extension Workbook {
  fileprivate func whoCan(_ call: VerbCall, _ turn: inout Turn) {
    guard call.words.count >= 3, call.words[1] == "on" else {
      return turn.misuse(call, "who-can wants an action, on and a resource")
    }
    if call.words.count != 3, call.words.count != 5 || call.words[3] != "via" {
      return turn.misuse(call, "after the resource may stand via and a stream")
    }
    let asked: AskedAccess
    do throws(Misunderstood) {
      asked = try AskedAccess(
        action: call.words[0], resource: call.words[2],
        via: call.words.count == 5 ? call.words[4] : nil, in: desk.world)
    } catch {
      return turn.misuse(call, error.text, name: "KH-ASK-WHAT")
    }
    if !Cloud.needsPermission(asked.action) {
      return turn.print(
        "Everybody with credentials: \(asked.action) needs no permission, and no policy is asked\n")
    }
    var rows: [[String]] = []
    let everybody = desk.cloud.withEverybody
    let identities = everybody.world.identities
    let isPartners = everybody.world.arn(of: asked.subject)?.account == Account.partner.id
    let profiles = isPartners ? identities.everyProfile : everybody.world.concernedProfiles
    var askers = profiles.compactMap { name in
      identities.session(ofProfile: name).map { (name: name, session: $0) }
    }
    // Credentials in use that no profile stands for.
    if let used = desk.identity, identities[used.session].profile.isEmpty { askers.append(used) }
    for (profile, session) in askers {
      let decision = asked.prepared(for: session, in: everybody).decision()
      let refusal = asked.stateRefusal(in: desk.world)
      let word: String =
        switch decision.cause {
        case .allowed: refusal == nil ? "yes" : "yes, but"
        case .implicitDeny: "not permitted"
        case .explicitDeny: "forbidden"
        }
      let by =
        decision.deciding.isEmpty
        ? decision.nearestMiss.map { "nearest \($0.statementName)" } ?? ""
        : decision.deciding.map(\.statementName).joined(separator: ", ")
      let state = refusal.map { ", \($0.code)" } ?? ""
      rows.append([profile, word, decision.verdict == .allowed ? by + state : by])
    }
    var page = Page()
    page.add(table: rows)
    if let note = asked.note { page.add(note, .note) }
    turn.print(page)
  }

  fileprivate func whatCan(_ call: VerbCall, _ turn: inout Turn) {
    guard call.words.count == 1 else { return turn.misuse(call, "what-can wants one principal") }
    let name = call.words[0]
    guard let (everybody, session) = SubjectNames.asker(name, in: desk.cloud) else {
      return turn.misuse(
        call, SubjectNames.nobody(name, in: desk.world), name: "KH-ASK-WHO")
    }
    let matrix = AccessMatrix(of: everybody, session, called: name)
    var page = Page()
    page.add("model \(desk.world.model.rawValue)", .note)
    let allowed = matrix.cells.filter(\.isAllowed).map(\.cell)
    let flows = allowed.filter { DataFlow(rawValue: $0.action) != nil }
    page.add(
      table: flows.map { ["can \($0.action)", $0.resource, "from end to end, KMS included"] })
    page.add(table: Self.grouped(allowed.filter { DataFlow(rawValue: $0.action) == nil }))
    if matrix.cells.allSatisfy({ !$0.isAllowed }) { page.add("nothing of what was looked at") }
    page.add(matrix.scope, .note)
    turn.print(page)
  }

  /// A row for each resource, with its actions; all actions of a service are called so.
  private static func grouped(_ cells: [AccessMatrix.Cell]) -> [[String]] {
    var order: [String] = []
    var actions: [String: [String]] = [:]
    for cell in cells {
      let service = cell.action.prefix { $0 != ":" }
      let row = "\(cell.resource)\t\(service)"
      if actions[row] == nil { order.append(row) }
      actions[row, default: []].append(String(cell.action.dropFirst(service.count + 1)))
    }
    return order.map { row in
      let parts = row.split(separator: "\t").map(String.init)
      return [parts[0], "\(parts[1]): " + (actions[row] ?? []).joined(separator: ", ")]
    }
  }

  fileprivate func matrix(_ call: VerbCall, _ turn: inout Turn) {
    // Changes are told of those who were there at the checkpoint.
    let used = call.words == ["changes"] ? nil : desk.identity
    let now = AccessMatrix(of: desk.cloud, with: used)
    if call.words == ["changes"] {
      let then = desk.checkpoint
      let before = AccessMatrix(of: then)
      var page = Self.page(now.changes(since: before), nothing: "No answer changed.")
      page.add(
        "since the checkpoint at \(then.world.now.zulu); checkpoint sets a new one; "
          + now.scope(since: before), .note)
      return turn.print(page)
    }
    guard call.words.isEmpty || call.words == ["reasons"] else {
      return turn.misuse(call, "matrix takes the word changes or reasons, or none")
    }
    var page = Page()
    let streams =
      [DataFlow.write.rawValue, DataFlow.read.rawValue] + [
        "kinesis:PutRecord", "kinesis:GetRecords",
      ]
    if call.words == ["reasons"] {
      let actions = streams + ["kms:GenerateDataKey", "kms:Decrypt"]
      let shown = now.cells.map(\.cell).filter {
        actions.contains($0.action)
          && ($0.resource.hasPrefix("stream/") || $0.resource.contains(" via "))
      }
      page.add(
        table: shown.map { cell in
          let answer = now.answer(to: cell)
          return [
            cell.principal, cell.action, shortened(cell.resource),
            answer?.isAllowed == true ? "yes" : "-", answer?.by ?? "",
          ]
        })
      return turn.print(page)
    }
    page.add(table: table(now, streams) { $0.hasPrefix("stream/") }, hasHeader: true)
    page.add("write and read: from end to end, with KMS's answer and the key's state", .note)
    page.add("")
    page.add(
      table: table(now, ["kms:GenerateDataKey", "kms:Decrypt"]) { $0.contains(" via ") },
      hasHeader: true)
    page.add("matrix reasons   names the statement behind every answer", .next)
    turn.print(page)
  }

  /// A row for each principal and resource of one sort, a column for each action.
  private func table(
    _ matrix: AccessMatrix, _ actions: [String], _ isMeant: (String) -> Bool
  ) -> [[String]] {
    let answers = Dictionary(matrix.cells.map { ($0.cell, $0.isAllowed) }) { first, _ in first }
    var rows = [["", ""] + actions.map { String($0.drop { $0 != ":" }.dropFirst()) }]
    for (place, action) in actions.enumerated() where !action.contains(":") {
      rows[0][place + 2] = action
    }
    var seen: Set<String> = []
    for (cell, _) in matrix.cells where isMeant(cell.resource) {
      guard seen.insert("\(cell.principal) \(cell.resource)").inserted else { continue }
      rows.append(
        [cell.principal, shortened(cell.resource)]
          + actions.map { action in
            let key = AccessMatrix.Cell(
              principal: cell.principal, action: action, resource: cell.resource)
            return answers[key].map { $0 ? "yes" : explain == .narrated ? "no" : "-" } ?? ""
          })
    }
    return rows
  }

  /// A key as pages name it.
  private func shortened(_ resource: String) -> String {
    let parts = resource.split(separator: " ", maxSplits: 1).map(String.init)
    guard let key = SubjectNames.key(parts[0], in: desk.world) else { return resource }
    return ([ShortNames.key(key, in: desk.world)] + parts.dropFirst()).joined(separator: " ")
  }

  private static func page(
    _ changes: [(cell: AccessMatrix.Cell, isAllowed: Bool, by: String)], nothing: String
  ) -> Page {
    var page = Page()
    // One table, so that what is gained and what is lost line up.
    let rows = [(true, "gains"), (false, "loses")].flatMap { isGain, title in
      changes.filter { $0.isAllowed == isGain }.map {
        ["  \(title)", $0.cell.principal, $0.cell.action, $0.cell.resource, $0.by]
      }
    }
    page.add(table: rows)
    if changes.isEmpty { page.add(nothing) }
    return page
  }

  /// Runs the rest of the line on a copy; the workbook stays as it is.
  fileprivate func whatIf(_ call: VerbCall, _ turn: inout Turn) {
    guard !call.words.isEmpty else { return turn.misuse(call, "what-if wants a command") }
    var copy = self
    copy.explain = .off
    copy.desk.lesson = nil
    let quoted = call.words.map { "'" + $0.replacing("'", with: "'\\''") + "'" }
    let inner = copy.feed(quoted.joined(separator: " "))
    if inner.status != 0 {
      turn.print("The command would fail:\n\(inner.errors)")
      turn.status = 1
      return
    }
    let after = AccessMatrix(of: copy.desk.cloud)
    let before = AccessMatrix(of: desk.cloud)
    let changes = after.changes(since: before)
    var page = Self.page(changes, nothing: "Of all that was looked at, no answer would change.")
    page.add(after.scope(since: before), .note)
    turn.print(page)
    turn.page.add("Nothing was changed: it ran on a copy.", .note)
  }

  fileprivate mutating func fix(_ call: VerbCall, _ turn: inout Turn) {
    guard call.words.isEmpty || call.words == ["--apply"] else {
      return turn.misuse(call, "fix takes --apply, or nothing")
    }
    if let key = desk.unknownKey {
      var page = Page()
      page.add("The last call failed, and no permission would help", .heading)
      for line in ErrorAdvice.unknownKey(key) { page.add("  \(line)", .bad) }
      page.add(desk.wayBack, .next)
      turn.status = 1
      return turn.print(page)
    }
    if let event = desk.lastFailure, let missing = ErrorAdvice.missingRole(event, in: desk.world) {
      turn.status = 1
      return turn.print("There is no small fix: \(missing)\n")
    }
    if let event = desk.lastFailure, event.error?.error.decision == nil,
      let error = event.error?.error
    {
      var page = Page()
      page.add("\(desk.title(of: event)) failed, and no permission would help", .heading)
      page.add("  \(error.code): \(error.message)", .bad)
      page.add(ErrorAdvice.page(error), indented: 2)
      turn.status = 1
      return turn.print(page)
    }
    guard let fix = AccessFix(in: self) else {
      return turn.print("Nothing was refused for want of permission yet.\n")
    }
    var page = Page()
    let question = fix.decision.question
    page.add(
      "\(ShortNames.principal(question.principal)) wants \(question.action) on "
        + (question.resources.first ?? "*"), .heading)
    if let obstacle = fix.obstacle {
      page.add("There is no small fix: \(obstacle)")
      turn.status = 1
      return turn.print(page)
    }
    if fix.commands.isEmpty {
      page.add("It would be allowed by now.")
      return turn.print(page)
    }
    for (reason, command) in zip(fix.reasons, fix.commands) {
      page.add("  \(reason)")
      page.add("    \(command)", .quote)
    }
    for edit in fix.edits where edit.liftsDeny {
      page.add("  the Deny was  \(edit.old?.line ?? "")", .quote)
      page.add("  it would be   \(edit.new?.line ?? "gone")", .quote)
    }
    if fix.edits.contains(where: \.liftsDeny) {
      page.add("Somebody wrote that Deny on purpose: ask before you take it back.", .note)
    }
    page.add("Tried on a copy: the call is allowed. Answers that change:")
    page.add(Self.page(fix.changes, nothing: "none of those that were looked at"))
    if !fix.changesInRequests.isEmpty {
      page.add("and in requests that bring condition keys:")
      page.add(Self.page(fix.changesInRequests, nothing: ""))
    }
    for remark in fix.remarks { page.add(remark, .note) }
    page.add(fix.scope, .note)
    if call.words.isEmpty {
      page.add("fix --apply   does it", .next)
      return turn.print(page)
    }
    for command in fix.commands { run(command, &turn) }
    page.add("Done.", .good)
    turn.print(page)
  }
}
