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
    /// Whether only the key's state is in the way of what is permitted.
    package var isIdle = false
    /// The statements that decided, or the nearest one.
    package var by: String
  }

  private struct Entry {
    let cell: Cell
    let isAllowed: Bool
    let isPermitted: Bool
    let session: SessionID
    let question: Question
  }

  /// What was looked at, in words: no answer is claimed about the rest.
  var scope: String { scope(besides: []) }

  /// The same for a comparison with another matrix.
  func scope(since before: AccessMatrix) -> String { scope(besides: before.principals) }

  private func scope(besides others: [String]) -> String {
    let partners = cloud.world.identities.partnerProfiles
    return Question.scope(
      cloud.world, region, ofOne: isOfOne,
      partners: partners.count { principals.contains($0) || others.contains($0) })
  }

  private let isOfOne: Bool
  /// Whose answers were looked at.
  private var principals: [String]
  /// Credentials that no profile stands for, by what they are called here.
  private var others: [String: SessionID] = [:]
  private let choose: @Sendable (World) -> [Question]
  /// Where only some cells are looked at: these.
  private let wanted: Set<Cell>?

  /// In order: principals as the profiles stand, then services, resources, actions.
  private var entries: [Entry] = []
  /// What was asked: for reading the statements of an answer when they are shown.
  private let cloud: Cloud
  private let region: Region

  package var cells: [(cell: Cell, isAllowed: Bool)] { entries.map { ($0.cell, $0.isAllowed) } }

  /// What a caller may put into a request, and how a cell calls it.
  struct Supposed {
    var keys: [(key: String, values: [String])]
    var label: String
  }

  /// What every question has in its request besides.
  private let supposed: Supposed?

  /// Looks at every principal with credentials, or at one, and at every resource of the Region.
  init(of asked: Cloud, principal: String? = nil, region: Region = .usEast1) {
    self.init(of: asked, principal, region, supposing: nil) { Question.all($0, region) }
  }

  /// Looks at every principal with credentials, and at one more, whoever's account is meant.
  init(of asked: Cloud, besides profile: String) {
    let region = Region.usEast1
    self.init(of: asked, nil, region, supposing: nil, besides: profile) {
      Question.all($0, region)
    }
  }

  /// Looks at some credentials alone, which perhaps no profile stands for.
  init(of asked: Cloud, _ session: SessionID, called name: String) {
    let region = Region.usEast1
    self.init(of: asked, name, region, supposing: nil, sessions: [name: session]) {
      Question.all($0, region)
    }
  }

  /// Looks at every principal with credentials, and at those in use where no profile stands for them.
  init(of asked: Cloud, with used: (name: String, session: SessionID)?) {
    let region = Region.usEast1
    let isNamed = used.map { asked.world.identities[$0.session].profile.isEmpty } ?? false
    let others = isNamed ? used.map { [$0.name: $0.session] } ?? [:] : [:]
    self.init(of: asked, nil, region, supposing: nil, sessions: others) {
      Question.all($0, region)
    }
  }

  /// Looks at everybody but the administrator, who may do everything, and at every operation of the
  /// lab: for whether somebody has more than he should. Only some cells are answered where they are
  /// named.
  init(ofEverythingIn asked: Cloud, only wanted: Set<Cell>? = nil, region: Region = .usEast1) {
    self.init(of: asked, nil, region, supposing: nil, everybody: true, only: wanted) {
      Question.everything($0, region)
    }
  }

  /// Looks at one resource alone, as requests would have it that bring some condition keys.
  init(of asked: Cloud, about subject: Subject, supposing supposed: Supposed, region: Region) {
    self.init(of: asked, nil, region, supposing: supposed) { world in
      Question.all(world, region).filter {
        $0.subject == subject && $0.via == nil && DataFlow(rawValue: $0.action) == nil
      }
    }
  }

  private init(
    of asked: Cloud, _ principal: String?, _ region: Region, supposing supposed: Supposed?,
    everybody: Bool = false, only wanted: Set<Cell>? = nil, sessions: [String: SessionID] = [:],
    besides profile: String = "",
    _ choose: @escaping @Sendable (World) -> [Question]
  ) {
    cloud = asked.withEverybody
    self.region = region
    self.supposed = supposed
    self.choose = choose
    isOfOne = principal != nil
    self.wanted = wanted
    let world = cloud.world
    let profiles =
      everybody
      ? world.identities.everyProfile.filter { $0 != "admin" } : world.concernedProfiles
    others = sessions
    let more = profile.isEmpty || profiles.contains(profile) ? [] : [profile]
    principals = principal.map { [$0] } ?? profiles + more + sessions.keys.sorted()
    look(at: principals)
  }

  private mutating func look(at profiles: [String]) {
    let world = cloud.world
    let questions = choose(world)
    let more = supposed.map { " \($0.label)" } ?? ""
    for profile in profiles {
      guard let session = others[profile] ?? world.identities.session(ofProfile: profile)
      else { continue }
      var last: Last?
      for question in questions {
        let cell = Cell(
          principal: profile, action: question.action, resource: question.resource + more)
        if let wanted, !wanted.contains(cell) { continue }
        let answer = answer(question, session, withReasons: false, last: &last)
        entries.append(
          Entry(
            cell: cell, isAllowed: answer.isAllowed,
            isPermitted: answer.isAllowed || answer.isIdle, session: session, question: question))
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
    var question: Question
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
    var asked: PreparedDecision
    // Across accounts it depends on the action which policies count.
    let isForeign = cloud.world.isOfAnotherAccount(question.subject, call)
    if !isForeign, let last, question.isAsked(like: last.question) {
      asked = last.asked
      asked.question.action = question.name
    } else if let last, last.question.subject == question.subject,
      last.question.via == question.via
    {
      asked = cloud.prepared(question.name, like: last.asked, on: question.subject, call)
    } else {
      asked = cloud.prepared(question.name, on: question.subject, call)
    }
    for (key, values) in supposed?.keys ?? [] { asked.question.context[key] = values }
    // Source: AWS Organizations User Guide, SCPs do not affect service principals.
    if asked.question.principal.kind == .service { asked.policies.serviceControl = [] }
    last = Last(question: question, asked: asked)
    let decision = withReasons ? asked.decision() : nil
    let isAllowed = decision.map { $0.verdict == .allowed } ?? asked.ruling().isAllowed
    if isAllowed, case .key(let key) = question.subject,
      let id = question.id, let refusal = cloud.world.stateRefusal(of: id, on: key)
    {
      return Answer(
        isAllowed: false, isIdle: true,
        by: "\(refusal.code): the key is \(cloud.world.keys[key].state.rawValue)")
    }
    guard let decision else { return Answer(isAllowed: isAllowed, by: "") }
    let by =
      isAllowed
      ? decision.deciding.map(\.statementName).joined(separator: ", ")
      : decision.deciding.first.map { "denied by \($0.statementName)" }
        ?? decision.nearestMiss.map { "nearest \($0.statementName)" } ?? Self.nothingNear
    return Answer(isAllowed: isAllowed, by: by)
  }

  private static let nothingNear = "nothing near"

  /// Cells whose answer is another one than before, in order; those that only one of the two has
  /// count as not allowed in the other. A permission that the key's state keeps from working is still
  /// one that somebody gained or lost.
  package func changes(since before: AccessMatrix) -> [(cell: Cell, isAllowed: Bool, by: String)] {
    let (now, before) = (looking(at: before.principals), before.looking(at: principals))
    return now.changes(sinceOneOfTheSame: before)
  }

  /// With the answers of others who are there as well.
  private func looking(at others: [String]) -> AccessMatrix {
    let missing = others.filter {
      !principals.contains($0) && cloud.world.identities.session(ofProfile: $0) != nil
    }
    guard !missing.isEmpty else { return self }
    var whole = self
    whole.principals += missing
    whole.look(at: missing)
    return whole
  }

  private func changes(sinceOneOfTheSame before: AccessMatrix)
    -> [(cell: Cell, isAllowed: Bool, by: String)]
  {
    let old = Dictionary(before.entries.map { ($0.cell, $0) }) { first, _ in first }
    let new = Set(entries.map(\.cell))
    var changes: [(Cell, Bool, String)] = []
    for entry in entries {
      let was = old[entry.cell]
      let isGain: Bool
      if entry.isAllowed != was?.isAllowed ?? false {
        isGain = entry.isAllowed
      } else if entry.isPermitted != was?.isPermitted ?? false {
        isGain = entry.isPermitted
      } else {
        continue
      }
      var by = answer(entry.question, entry.session).by
      // Of a statement that is gone nothing is left but what it allowed.
      if !isGain, by == Self.nothingNear, let was {
        by = "was " + before.answer(was.question, was.session).by
      }
      changes.append((entry.cell, isGain, by))
    }
    for entry in before.entries where entry.isPermitted && !new.contains(entry.cell) {
      changes.append((entry.cell, false, "it is no longer there"))
    }
    return changes
  }
}

/// What somebody has more, or less, than in another world.
extension AccessMatrix {
  /// A right that somebody has and had not before.
  struct Gain {
    let cell: Cell
    /// The statements that allow it.
    let by: String
    /// What stood in the way before: `denied by …`, `nearest …`; nothing for a resource or a
    /// principal that was not there.
    let before: String
  }

  /// What somebody may do here, of all that the lab has, and might not in another world. What is new
  /// in the lab is a gain only for whom nothing of its kind was open there.
  func gains(over sound: Cloud) -> [Gain] {
    let allowed = entries.filter(\.isAllowed)
    let before = AccessMatrix(ofEverythingIn: sound, only: Set(allowed.map(\.cell)))
    let old = Dictionary(before.entries.map { ($0.cell, $0) }) { first, _ in first }
    var gains: [Gain] = []
    var kinds: Set<Cell>?
    for entry in allowed {
      let past = old[entry.cell]
      if past?.isAllowed ?? false { continue }
      if past == nil {
        let known =
          kinds
          ?? Set(
            AccessMatrix(ofEverythingIn: sound).entries.filter(\.isAllowed).map(\.cell.kind))
        kinds = known
        if known.contains(entry.cell.kind) || before.hadAllowed(entry) { continue }
      }
      gains.append(
        Gain(
          cell: entry.cell, by: answer(entry.question, entry.session).by,
          before: past.map { before.answer($0.question, $0.session).by } ?? ""))
    }
    return gains
  }

  /// What somebody might do in another world and may not here, of what is still there.
  func losses(since sound: Cloud) -> [Cell] {
    let now = Dictionary(entries.map { ($0.cell, $0.isAllowed) }) { first, _ in first }
    return AccessMatrix(ofEverythingIn: sound).entries.filter(\.isAllowed).map(\.cell).filter {
      now[$0] == false
    }
  }

  /// Whether a resource that was not there would have been open by its name alone.
  private func hadAllowed(_ entry: Entry) -> Bool {
    guard case .named = entry.question.subject,
      let session = cloud.world.identities.session(ofProfile: entry.cell.principal)
    else { return false }
    return answer(entry.question, session).isAllowed
  }
}

extension AccessMatrix.Cell {
  /// The same right on any resource of the sort.
  fileprivate var kind: AccessMatrix.Cell {
    let parts = resource.split(separator: " ", maxSplits: 1)
    let sort = (parts.first ?? "").prefix { $0 != "/" }
    return AccessMatrix.Cell(
      principal: principal, action: action, resource: parts.count > 1 ? "\(sort) via" : "\(sort)")
  }
}
