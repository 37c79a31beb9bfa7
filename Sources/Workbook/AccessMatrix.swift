import Cloud
import Policies
import Values

/// Who may do what to what, as the door would answer it: principals × actions × resources.
package struct AccessMatrix: Sendable {
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

  /// In order: principals as the profiles stand, then services, resources, actions.
  package private(set) var cells: [(cell: Cell, answer: Answer)] = []

  /// Looks at every principal with credentials, or at one, and at every resource of the Region, or
  /// at the actions of one.
  init(of asked: Cloud, principal: String? = nil, region: Region = .usEast1) {
    let cloud = asked.withEverybody
    let world = cloud.world
    for profile in world.identities.profiles where principal == nil || profile == principal {
      guard let session = world.identities.session(ofProfile: profile) else { continue }
      for stream in world.streams.slots(in: region) {
        for flow in DataFlow.allCases {
          let answer = flow.answer(stream, Call(session: session, region: region), cloud)
          cells.append(
            (
              Cell(
                principal: profile, action: flow.rawValue,
                resource: "stream/\(world.streams[stream].name)"), answer
            ))
        }
      }
      for question in Self.questions(world, region) {
        var call = Call(session: session, region: region)
        call.via = question.via.map { ForwardedAccess(stream: $0) }
        let decision = cloud.judge(ActionName(question.action), on: question.subject, call)
        var isAllowed = decision.verdict == .allowed
        var state: String?
        if isAllowed, case .key(let key) = question.subject,
          let id = OperationID(rawValue: question.action),
          let refusal = world.stateRefusal(of: id, on: key)
        {
          isAllowed = false
          state = "\(refusal.code): the key is \(world.keys[key].state.rawValue)"
        }
        let by =
          state
          ?? (decision.verdict == .allowed
            ? decision.deciding.map(\.statementName).joined(separator: ", ")
            : decision.deciding.first.map { "denied by \($0.statementName)" }
              ?? decision.nearestMiss.map { "nearest \($0.statementName)" } ?? "nothing near")
        cells.append(
          (
            Cell(principal: profile, action: question.action, resource: question.name),
            Answer(isAllowed: isAllowed, by: by)
          ))
      }
    }
  }

  private struct Question {
    var action: String
    var subject: Subject
    var name: String
    var via: Int32?
  }

  private static func questions(_ world: World, _ region: Region) -> [Question] {
    var questions: [Question] = []
    let streams = world.streams.slots(in: region)
    for slot in streams {
      for id in OperationID.allCases where id.service == "kinesis" && id != .listStreams {
        questions.append(
          Question(
            action: id.rawValue, subject: .stream(slot), name: "stream/\(world.streams[slot].name)")
        )
      }
    }
    for key in world.keys.slots(in: region) {
      let name = "key/\(world.keys[key].id)"
      for id in OperationID.allCases where id.service == "kms" && takesKey(id) {
        questions.append(Question(action: id.rawValue, subject: .key(key), name: name))
      }
      for action in ["kms:ReEncryptFrom", "kms:ReEncryptTo"] {
        questions.append(Question(action: action, subject: .key(key), name: name))
      }
      for stream in streams {
        for id in [OperationID.generateDataKey, .decrypt] {
          questions.append(
            Question(
              action: id.rawValue, subject: .key(key),
              name: "\(name) via \(world.streams[stream].name)", via: stream))
        }
      }
    }
    for id in OperationID.allCases where isWithoutResource(id) {
      questions.append(Question(action: id.rawValue, subject: .none, name: "*"))
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
    let old = Dictionary(before.cells.map { ($0.cell, $0.answer) }) { first, _ in first }
    let new = Dictionary(cells.map { ($0.cell, $0.answer) }) { first, _ in first }
    var changes: [(Cell, Bool, String)] = []
    for (cell, answer) in cells where answer.isAllowed != old[cell]?.isAllowed ?? false {
      changes.append((cell, answer.isAllowed, answer.by))
    }
    for (cell, answer) in before.cells where answer.isAllowed && new[cell] == nil {
      changes.append((cell, false, "it is no longer there"))
    }
    return changes
  }
}
