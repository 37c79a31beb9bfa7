import Insights
import Policies
import Values

/// One field of the records of many events, read without making the records.
///
/// Made once for a query; it knows the world that it was made from, and serves for no later one.
package struct TrailColumn: Sendable {
  private enum Source: Sendable {
    /// By the operation's index.
    case operation([JSON?])
    /// By the caller's session.
    case session([JSON?])
    case region([JSON])
    case errorCode, errorMessage, time, requestID, eventID, address, agent, invokedBy
    case constant(JSON)
    /// The rest of the path, within one part of the record.
    case parameters([String])
    case answer([String])
    /// A part of the whole record.
    case record([String])
  }

  private let source: Source
  private let path: [String]

  /// `path` as the parts of `userIdentity.sessionContext.sessionIssuer.arn`; a number is a place in a
  /// list.
  package init(_ path: [String], in cloud: Cloud) {
    self.path = path
    let kinds = OperationID.allCases.map(\.kind)
    switch path.first {
    case "userIdentity" where path != ["userIdentity", "invokedBy"] && path.count > 1:
      source = .session(
        cloud.world.identities.sessions.indices.map {
          let call = Call(session: SessionID($0), region: .usEast1)
          return cloud.world.userIdentity(of: call).value(at: Array(path.dropFirst()))
        })
    case "requestParameters" where path.count > 1: source = .parameters(Array(path.dropFirst()))
    case "responseElements" where path.count > 1: source = .answer(Array(path.dropFirst()))
    default:
      switch path.joined(separator: ".") {
      case "eventName": source = .operation(kinds.map { .string($0.name) })
      case "eventSource": source = .operation(kinds.map { .string($0.source) })
      case "readOnly": source = .operation(kinds.map { .bool($0.isReadOnly) })
      case "managementEvent": source = .operation(kinds.map { .bool(!$0.isData) })
      case "eventCategory":
        source = .operation(kinds.map { .string($0.isData ? "Data" : "Management") })
      case "awsRegion": source = .region(Region.all.map { .string($0.description) })
      case "errorCode": source = .errorCode
      case "errorMessage": source = .errorMessage
      case "eventTime": source = .time
      case "requestID": source = .requestID
      case "eventID": source = .eventID
      case "sourceIPAddress": source = .address
      case "userAgent": source = .agent
      case "userIdentity.invokedBy": source = .invokedBy
      case "eventVersion": source = .constant("1.11")
      case "eventType": source = .constant("AwsApiCall")
      case "recipientAccountId": source = .constant(.string(cloud.world.account))
      default: source = .record(path)
      }
    }
  }

  /// Nothing for a record that has no such field, or null there.
  package func value(of row: TrailRow, in cloud: Cloud) -> JSON? {
    guard row.isCall else { return Self.present(cloud.record(of: row).value(at: path)) }
    switch source {
    case .operation(let values):
      return cloud.journal.withElement(at: Int(row.place)) {
        values[$0.pointee.operation.index]
      }
    case .session(let values):
      return cloud.journal.withElement(at: Int(row.place)) {
        values[Int($0.pointee.call.session)]
      }
    case .region(let values):
      return cloud.journal.withElement(at: Int(row.place)) {
        values[Int($0.pointee.trailRegion.index)]
      }
    case .errorCode:
      return cloud.journal.withElement(at: Int(row.place)) {
        $0.pointee.error.map { .string($0.error.trailCode) }
      }
    case .errorMessage:
      return cloud.journal.withElement(at: Int(row.place)) { event in
        event.pointee.error.flatMap {
          $0.error.message.isEmpty ? nil : .string(Cloud.cut($0.error.message))
        }
      }
    case .invokedBy:
      return cloud.journal.withElement(at: Int(row.place)) { event in
        if event.pointee.call.via != nil { return .string(ForwardedAccess.principal) }
        let principal = cloud.world.identities[event.pointee.call.session].principal
        return principal.kind == .service ? .string(principal.arn) : nil
      }
    case .constant(let value): return value
    case .time: return .string(cloud.time(of: row).zulu)
    case .eventID: return .string(cloud.eventID(of: row))
    case .requestID:
      let number = cloud.identity(of: row).number
      return .string(cloud.world.eventNames.uuid(.request, number))
    case .address: return cloud.call(of: row).map { .string(cloud.address(of: $0)) }
    case .agent: return cloud.call(of: row).map { .string(cloud.agent(of: $0)) }
    case .parameters(let rest):
      return cloud.call(of: row).flatMap {
        Self.present(cloud.parameters(of: $0).value(at: rest))
      }
    case .answer(let rest):
      return cloud.call(of: row).flatMap { Self.present(cloud.answer(of: $0).value(at: rest)) }
    case .record(let path): return Self.present(cloud.record(of: row).value(at: path))
    }
  }

  /// For a field of few values: those, and which of them the row at a place has.
  func coded(_ rows: TrailRows, in cloud: Cloud) -> ([JSON?], (Int) -> Int)? {
    switch source {
    case .operation(let values): coded(rows, values, in: cloud) { $0.pointee.operation.index }
    case .session(let values): coded(rows, values, in: cloud) { Int($0.pointee.call.session) }
    case .region(let values): coded(rows, values, in: cloud) { Int($0.pointee.trailRegion.index) }
    case .constant(let value): coded(rows, [value], in: cloud) { _ in 0 }
    case .invokedBy:
      coded(rows, [.string(ForwardedAccess.principal)] + invokers(in: cloud), in: cloud) {
        $0.pointee.call.via != nil ? 0 : Int($0.pointee.call.session) + 1
      }
    case .errorCode: codedErrors(rows, in: cloud)
    default: nil
    }
  }

  private func codedErrors(_ rows: TrailRows, in cloud: Cloud) -> ([JSON?], (Int) -> Int) {
    let names = rows.errorCodes
    let places = Dictionary(
      names.enumerated().map { ($0.element, $0.offset) }, uniquingKeysWith: { first, _ in first })
    let none = names.count
    return coded(rows, names.map { .string($0) } + [nil], in: cloud) { event in
      // A call that went well has none, and is most of them.
      guard !event.pointee.isPlain, let error = event.pointee.error?.error else { return none }
      return places[error.trailCode] ?? none
    }
  }

  /// What stands in `invokedBy` of a session's own calls.
  private func invokers(in cloud: Cloud) -> [JSON?] {
    cloud.world.identities.sessions.map {
      $0.principal.kind == .service ? .string($0.principal.arn) : nil
    }
  }

  /// What a service did by itself has other values, after those of calls.
  @inline(__always)
  private func coded(
    _ rows: TrailRows, _ calls: [JSON?], in cloud: Cloud,
    _ code: @escaping (UnsafePointer<Event>) -> Int
  ) -> ([JSON?], (Int) -> Int) {
    var values = calls
    var codes: [TrailRow: Int] = [:]
    for row in rows.services {
      let value = value(of: row, in: cloud)
      if let place = values.firstIndex(of: value) {
        codes[row] = place
      } else {
        codes[row] = values.count
        values.append(value)
      }
    }
    let services = codes
    return (values, rows.reader(code) { services[$0] ?? 0 })
  }

  private static func present(_ value: JSON?) -> JSON? { value == .null ? nil : value }
}

extension JSON {
  /// What stands at a path of member names and places in lists. A name may hold dots, as keys of an
  /// encryption context do.
  package func value(at path: [String]) -> JSON? { insightsMember(path[...]) }
}
