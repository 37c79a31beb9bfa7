import Cloud
import Policies

/// What a principal wants of a stream in the end: the call, what Kinesis asks KMS for it, and a key
/// that can be used.
enum DataFlow: String, CaseIterable {
  case write, read

  private var action: ActionName { self == .write ? "kinesis:PutRecord" : "kinesis:GetRecords" }
  private var keyAction: ActionName { self == .write ? "kms:GenerateDataKey" : "kms:Decrypt" }

  /// Whether it would go through from end to end, and what decides.
  func answer(_ stream: Int32, _ call: Call, _ cloud: Cloud, withReasons: Bool)
    -> AccessMatrix.Answer
  {
    let first = cloud.prepared(action, on: .stream(stream), call).ruling()
    guard first.isAllowed else { return .init(isAllowed: false, by: "no \(action)") }
    let world = cloud.world
    guard let name = world.streams[stream].protection.keyID else {
      return .init(isAllowed: true, by: "not encrypted")
    }
    guard let key = SubjectNames.key(name, in: world) else {
      return .init(isAllowed: false, by: "\(name) leads to no key")
    }
    guard world.keys[key].state == .enabled else {
      return .init(isAllowed: false, by: "the key is \(world.keys[key].state.rawValue)")
    }
    var inner = call
    inner.via = ForwardedAccess(stream: stream)
    let asked = cloud.prepared(keyAction, on: .key(key), inner)
    guard withReasons else { return .init(isAllowed: asked.ruling().isAllowed, by: "") }
    let second = asked.decision()
    return .init(
      isAllowed: second.verdict == .allowed,
      by: second.verdict == .allowed
        ? second.deciding.map(\.statementName).joined(separator: ", ") : "no \(keyAction)")
  }
}
