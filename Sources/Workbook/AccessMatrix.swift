import Cloud
import Policies
import Values

/// Who may do what to what, as the door would answer it: principals × actions × resources.
package struct AccessMatrix {
  package struct Cell: Hashable, Sendable {
    package var principal: String
    package var action: String
    /// `stream/orders`, `key/1234… via orders` with the whole id, `*`.
    package var resource: String
  }

  package struct Answer: Hashable, Sendable {
    package var isAllowed: Bool
    /// The statements that decided, or the nearest one.
    package var by: String
  }

  private struct Entry {
    let cell: Cell
    let isAllowed: Bool
    let session: SessionID
    let question: Question
  }

  /// In order: principals as the profiles stand, then services, resources, actions.
  private var entries: [Entry] = []
  /// What was asked: for reading the statements of an answer when they are shown.
  private let cloud: Cloud
  private let region: Region

  package var cells: [(cell: Cell, isAllowed: Bool)] { entries.map { ($0.cell, $0.isAllowed) } }

  /// Looks at every principal with credentials, or at one, and at every resource of the Region, or
  /// at the actions of one.
  init(of asked: Cloud, principal: String? = nil, region: Region = .usEast1) {
    cloud = asked.withEverybody
    self.region = region
    let world = cloud.world
    let questions = Self.questions(world, region)
    for profile in principal.map({ [$0] }) ?? world.concernedProfiles {
      guard let session = world.identities.session(ofProfile: profile) else { continue }
      var last: Last?
      for question in questions {
        let answer = answer(question, session, withReasons: false, last: &last)
        entries.append(
          Entry(
            cell: Cell(principal: profile, action: question.action, resource: question.resource),
            isAllowed: answer.isAllowed, session: session, question: question))
      }
    }
  }

  /// A cell's answer with what decided it: read when it is shown.
  package func answer(to cell: Cell) -> Answer? {
    entries.first { $0.cell == cell }.map {
      answer($0.question, $0.session)
    }
  }

  /// A question about the same resource, for the same principal: the next one has most of it.
  private struct Last {
    var subject: Subject
    var via: Int32?
    var asked: PreparedDecision
  }

  /// With what decided it.
  private func answer(_ question: Question, _ session: SessionID) -> Answer {
    var last: Last?
    return answer(question, session, withReasons: true, last: &last)
  }

  private func answer(
    _ question: Question, _ session: SessionID, withReasons: Bool, last: inout Last?
  ) -> Answer {
    var call = Call(session: session, region: region)
    if case .stream(let stream) = question.subject, let flow = DataFlow(rawValue: question.action) {
      return flow.answer(stream, call, cloud, withReasons: withReasons)
    }
    call.via = question.via.map { ForwardedAccess(stream: $0) }
    let asked: PreparedDecision
    if let last, last.subject == question.subject, last.via == question.via {
      asked = cloud.prepared(question.name, like: last.asked, on: question.subject, call)
    } else {
      asked = cloud.prepared(question.name, on: question.subject, call)
    }
    last = Last(subject: question.subject, via: question.via, asked: asked)
    let decision = withReasons ? asked.decision() : nil
    let isAllowed = decision.map { $0.verdict == .allowed } ?? asked.ruling().isAllowed
    if isAllowed, case .key(let key) = question.subject,
      let id = OperationID(rawValue: question.action),
      let refusal = cloud.world.stateRefusal(of: id, on: key)
    {
      return Answer(
        isAllowed: false,
        by: "\(refusal.code): the key is \(cloud.world.keys[key].state.rawValue)")
    }
    guard let decision else { return Answer(isAllowed: isAllowed, by: "") }
    let by =
      isAllowed
      ? decision.deciding.map(\.statementName).joined(separator: ", ")
      : decision.deciding.first.map { "denied by \($0.statementName)" }
        ?? decision.nearestMiss.map { "nearest \($0.statementName)" } ?? "nothing near"
    return Answer(isAllowed: isAllowed, by: by)
  }

  private struct Question {
    let action: String
    let name: ActionName
    let subject: Subject
    /// As the cell names it.
    let resource: String
    let via: Int32?

    init(action: String, subject: Subject, resource: String, via: Int32? = nil) {
      self.action = action
      name = ActionName(action)
      self.subject = subject
      self.resource = resource
      self.via = via
    }
  }

  private static func questions(_ world: World, _ region: Region) -> [Question] {
    var questions: [Question] = []
    let streams = world.streams.slots(in: region)
    for slot in streams {
      for flow in DataFlow.allCases {
        questions.append(
          Question(
            action: flow.rawValue, subject: .stream(slot),
            resource: "stream/\(world.streams[slot].name)"))
      }
      for id in OperationID.allCases where id.service == "kinesis" && id != .listStreams {
        questions.append(
          Question(
            action: id.rawValue, subject: .stream(slot),
            resource: "stream/\(world.streams[slot].name)")
        )
      }
    }
    for key in world.keys.slots(in: region) {
      let name = "key/\(world.keys[key].id)"
      for id in OperationID.allCases where id.service == "kms" && takesKey(id) {
        questions.append(Question(action: id.rawValue, subject: .key(key), resource: name))
      }
      for action in ["kms:ReEncryptFrom", "kms:ReEncryptTo"] {
        questions.append(Question(action: action, subject: .key(key), resource: name))
      }
      for stream in streams {
        for id in [OperationID.generateDataKey, .decrypt] {
          questions.append(
            Question(
              action: id.rawValue, subject: .key(key),
              resource: "\(name) via \(world.streams[stream].name)", via: stream))
        }
      }
    }
    for id in OperationID.allCases where isWithoutResource(id) {
      questions.append(Question(action: id.rawValue, subject: .none, resource: "*"))
    }
    return questions
  }

  private static func takesKey(_ id: OperationID) -> Bool {
    switch id {
    case .createKey, .listKeys, .listAliases, .createAlias, .updateAlias, .deleteAlias,
      .generateRandom, .reEncrypt:
      false
    default: true
    }
  }

  private static func isWithoutResource(_ id: OperationID) -> Bool {
    switch id {
    case .createKey, .listKeys, .listAliases, .generateRandom, .listStreams, .listRoles: true
    default: false
    }
  }

  /// Cells whose answer is another one than before, in order; those that only one of the two has
  /// count as not allowed in the other.
  package func changes(since before: AccessMatrix) -> [(cell: Cell, isAllowed: Bool, by: String)] {
    let old = Dictionary(before.cells.map { ($0.cell, $0.isAllowed) }) { first, _ in first }
    let new = Set(entries.map(\.cell))
    var changes: [(Cell, Bool, String)] = []
    for entry in entries where entry.isAllowed != old[entry.cell] ?? false {
      let by = answer(entry.question, entry.session).by
      changes.append((entry.cell, entry.isAllowed, by))
    }
    for entry in before.entries where entry.isAllowed && !new.contains(entry.cell) {
      changes.append((entry.cell, false, "it is no longer there"))
    }
    return changes
  }
}
