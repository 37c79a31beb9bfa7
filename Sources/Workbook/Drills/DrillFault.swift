import Cloud
import Narration
import Policies
import Values

/// One kind of fault: how it comes about, how it shows, how it is told from others, and what mends it.
struct DrillFault: Sendable {
  /// What somebody notices.
  enum Complaint: String, Sendable {
    case writing, reading, other
  }

  /// `wrong-service-prefix`
  let id: String
  /// What is wrong, as the list of possible diagnoses says it.
  let title: String
  let complaint: Complaint
  /// The part of the world that it changes; two faults of one part are never combined.
  let part: String
  /// Lines that a healthy world needs beside the scene's own.
  var prepare: @Sendable (DrillScene) -> [String] = { _ in [] }
  /// Lines that break it.
  let cause: @Sendable (DrillScene) -> [String]
  /// What somebody says, where it is not the usual complaint.
  var story: (@Sendable (DrillScene) -> String)?
  /// Commands that must succeed again; nothing takes those of the complaint.
  var symptom: (@Sendable (DrillScene) -> [String])?
  /// What else must hold in the end, in the language of checks.
  var goals: @Sendable (DrillScene) -> [String] = { _ in [] }
  /// Whether the world has this fault.
  let isPresent: @Sendable (DrillDesk) -> Bool
  /// Lines that mend it, none superfluous.
  let repair: @Sendable (DrillScene) -> [String]
  /// From where to look to what to do.
  let hints: @Sendable (DrillScene) -> [String]
  /// What to keep in mind.
  let moral: String

  /// The commands that show whether it is mended.
  func commands(in scene: DrillScene) -> [String] {
    if let symptom { return symptom(scene) }
    switch complaint {
    case .writing: return [scene.write]
    case .reading: return [scene.read]
    case .other: return []
    }
  }

  func said(in scene: DrillScene) -> String {
    if let story { return story(scene) }
    switch complaint {
    case .writing:
      return "\"Since this morning the producer cannot put records into \(scene.stream).\""
    case .reading:
      return "\"Since this morning the consumer cannot read \(scene.stream).\""
    case .other: return ""
    }
  }

  /// Every kind, in the order of the list.
  static let catalogue: [DrillFault] =
    writerFaults + conditionFaults + guardrailFaults + keyPolicyFaults + keyFaults
    + readerFaults + credentialFaults + programFaults

  static func named(_ id: String) -> DrillFault? { catalogue.first { $0.id == id } }
}

/// A drill's world, for the questions that tell faults apart.
struct DrillDesk {
  let workbook: Workbook
  let scene: DrillScene

  var desk: Desk { workbook.desk }
  var world: World { desk.world }

  /// Statements of the identity policies of a role, those of its managed policies among them.
  func statements(ofRole name: String) -> [Statement] {
    guard let role = world.identities.roles[name] else { return [] }
    return world.identities.policies(of: role).flatMap(\.document.statements)
  }

  var writer: [Statement] { statements(ofRole: DrillScene.writerRole) }
  var reader: [Statement] { statements(ofRole: DrillScene.readerRole) }

  /// Statements of the policy of the stream's key.
  var keyStatements: [Statement] {
    keySlot.map { world.keys[$0].policy.document.statements } ?? []
  }

  var keySlot: Int32? {
    world.keys.slots(in: .usEast1).first { world.keys[$0].id == scene.keyID }
  }

  /// The key that the stream's alias stands for.
  var aliasTarget: Int32? { world.keys.alias(scene.alias, in: .usEast1)?.key }

  func holds(_ predicate: String) -> Bool {
    guard let predicate = try? Predicate(parsing: predicate) else { return false }
    return PredicateJudge(workbook: workbook).judge(predicate).holds
  }

  /// Whether a command succeeds, tried on a copy.
  func works(_ command: String) -> Bool {
    var copy = workbook
    copy.explain = .off
    copy.desk.lesson = nil
    copy.desk.drill = nil
    return copy.runQuietly(command)
  }
}

extension Statement {
  var allows: Bool { effect == .allow }
  var denies: Bool { effect == .deny }

  func names(action: String) -> Bool {
    actions.map {
      !$0.isNegated && $0.values.contains { $0.text.lowercased() == action.lowercased() }
    }
      ?? false
  }

  func names(resource: String) -> Bool {
    resources?.values.contains { $0.text == resource } ?? false
  }

  /// The values that a condition compares that key with.
  func values(ofKey key: String) -> [String] {
    conditions.filter { $0.key.text.lowercased() == key.lowercased() }.flatMap {
      $0.values.map(\.text)
    }
  }

  func asks(forKey key: String) -> Bool {
    conditions.contains { $0.key.text.lowercased() == key.lowercased() }
  }
}
