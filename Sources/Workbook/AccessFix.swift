import Cloud
import Narration
import Policies
import Values

/// The least that lets the last refused call through, found by trying it on a copy.
struct AccessFix {
  /// Lines that an administrator would type, in order; each of them is needed.
  private(set) var commands: [String] = []
  /// What each line changes.
  private(set) var reasons: [String] = []
  /// Why there is no such fix.
  private(set) var obstacle: String?
  /// Answers that change, beyond nothing: the whole matrix before and after.
  private(set) var changes: [(cell: AccessMatrix.Cell, isAllowed: Bool, by: String)] = []
  let decision: Decision

  /// Places that a refusal may have to be mended in: a key's policy and an identity's.
  private static let most = 4
  private static let keyCommand = "aws kms put-key-policy --key-id "

  /// Nothing when no call was refused for want of permission.
  init?(in workbook: Workbook) {
    let events = workbook.desk.cloud.journal.suffix(from: 0)
    guard let event = events.last(where: { Self.isRefusal($0) }),
      let decision = event.error?.error.decision
    else { return nil }
    self.decision = decision
    var copy = workbook
    copy.explain = .off
    copy.desk.lesson = nil
    for _ in 0..<Self.most {
      let now = copy.desk.cloud.judgeAgain(decision, on: event.subject, event.call)
      if now.verdict == .allowed { break }
      guard let step = step(for: now, event, copy.desk.world) else { return }
      let turn = copy.feed(step.command)
      guard turn.status == 0 else {
        obstacle = "an administrator could not do it either: \(turn.errors)"
        return
      }
      // A key's policy is set as a whole: the later one holds what the earlier one added.
      let start = step.command.prefix(Self.keyCommand.count + 40)
      if step.command.hasPrefix(Self.keyCommand),
        let place = commands.firstIndex(where: { $0.hasPrefix(start) })
      {
        commands[place] = step.command
        reasons[place] += ", and \(step.reason)"
      } else {
        commands.append(step.command)
        reasons.append(step.reason)
      }
    }
    let last = copy.desk.cloud.judgeAgain(decision, on: event.subject, event.call)
    guard last.verdict == .allowed else {
      obstacle = "the call stays refused by the \(last.refusedBy?.rawValue ?? "policies")"
      return
    }
    changes = AccessMatrix(of: copy.desk.cloud).changes(
      since: AccessMatrix(of: workbook.desk.cloud))
  }

  /// The innermost call that a decision refused: the one by KMS, not the one that it stopped.
  private static func isRefusal(_ event: Event) -> Bool {
    if case .accessDenied? = event.error?.error { return true }
    return false
  }

  // MARK: One step

  private mutating func step(for decision: Decision, _ event: Event, _ world: World)
    -> (command: String, reason: String)?
  {
    if decision.cause == .explicitDeny {
      let names = decision.deciding.map(\.statementName).joined(separator: ", ")
      obstacle =
        "\(names) forbids it; no Allow helps against a Deny. Somebody wrote it on purpose: "
        + "ask, or take it back yourself"
      return nil
    }
    switch decision.refusedBy {
    case .identity: return identityStep(decision, event, world)
    case .resource:
      guard case .key(let slot) = event.subject else {
        obstacle = "the resource's own policy does not allow it; put-resource-policy changes it"
        return nil
      }
      return keyStep(decision, slot, event, world)
    case .boundary, .session, .serviceControl, .resourceControl:
      obstacle =
        "the \(decision.refusedBy?.rawValue ?? "limit") does not allow it, and widening a limit "
        + "opens more than this one call"
      return nil
    case .grant, nil: return nil
    }
  }

  /// An inline policy with one statement for the caller's role or user.
  private mutating func identityStep(_ decision: Decision, _ event: Event, _ world: World)
    -> (command: String, reason: String)?
  {
    guard let holder = world.identities.holder(of: event.call.session) else {
      obstacle = "the caller is neither a role nor a user"
      return nil
    }
    let question = decision.question
    var statement = JSONObject([
      ("Effect", "Allow"), ("Action", .string(question.action.description)),
      ("Resource", .string(question.resources.first ?? "*")),
    ])
    statement["Condition"] = Self.condition(question)
    let document: JSON = ["Version": "2012-10-17", "Statement": [.object(statement)]]
    let name = Self.name(question, besides: holder.inline.map(\.name))
    let kind = holder.kind.rawValue
    let command =
      "aws iam put-\(kind)-policy --\(kind)-name \(holder.name) --policy-name \(name) "
      + "--policy-document '\(document.line)' --profile admin"
    return (command, "\(kind) \(holder.name) gets one statement, for this action on this resource")
  }

  /// The key's policy with one statement more: for the caller, or for the service where the guide
  /// wants that.
  private func keyStep(_ decision: Decision, _ slot: Int32, _ event: Event, _ world: World)
    -> (command: String, reason: String)?
  {
    let key = world.keys[slot]
    guard let text = try? JSON(parsing: key.policy.document.text), var policy = text.object else {
      return nil
    }
    let question = decision.question
    let forService =
      decision.rowsUsed.first == "service-statement"
    let principal: JSON =
      forService
      ? ["Service": .string(ForwardedAccess.principal)]
      : ["AWS": .string(question.principal.roleARN ?? question.principal.arn)]
    var statements = policy["Statement"]?.array ?? policy["Statement"].map { [$0] } ?? []
    let name = Self.name(question, besides: statements.compactMap { $0["Sid"]?.string })
    var statement = JSONObject([
      ("Sid", .string(name)), ("Effect", "Allow"), ("Principal", principal),
      ("Action", .string(question.action.description)), ("Resource", "*"),
    ])
    statement["Condition"] = Self.condition(question)
    statements.append(.object(statement))
    policy["Statement"] = .array(statements)
    let document = JSON.object(policy).line.replacing("'", with: "'\\''")
    let command =
      "\(Self.keyCommand)\(key.id) --policy-name default --policy '\(document)' "
      + "--profile admin"
    let whom = forService ? ForwardedAccess.principal : "the caller"
    return (command, "the key's policy gets one statement, for \(whom) and this action")
  }

  /// A call through Kinesis is allowed through Kinesis alone, and for its own stream.
  private static func condition(_ question: AccessQuestion) -> JSON? {
    var keys = JSONObject()
    for key in ["kms:ViaService", "kms:EncryptionContext:aws:kinesis:arn"] {
      if let value = question.context[key]?.first { keys[key] = .string(value) }
    }
    return keys.isEmpty ? nil : ["StringEquals": .object(keys)]
  }

  /// `FixGenerateDataKey`, with a number where that is taken.
  private static func name(_ question: AccessQuestion, besides taken: [String]) -> String {
    let base = "Fix" + question.action.description.drop { $0 != ":" }.dropFirst()
    var name = base
    var number = 2
    while taken.contains(name) {
      name = "\(base)\(number)"
      number += 1
    }
    return name
  }
}
