import Values

extension KMS {
  /// When a key last did something: a view of the journal.
  ///
  /// Source: AWS KMS API Reference, GetKeyLastUsage: only cryptographic operations that succeeded
  /// count, for each multi-Region key by itself. Simplified: without the trail's and the request's ids.
  struct GetKeyLastUsage: KeyOperation {
    static let id = OperationID.getKeyLastUsage
    var keyID: String

    init(_ input: JSON) throws(ServiceError) { keyID = input.text("KeyId") }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let key = cloud.world.keys[permit.key]
      var reply = JSONObject([("KeyId", .string(key.id))])
      if let event = cloud.lastUse(of: permit.key, since: key.created) {
        reply["KeyLastUsage"] = [
          "Operation": .string(event.operation.operation), "Timestamp": .string(event.at.iso8601),
        ]
      }
      reply["TrackingStartDate"] = .string(key.created.iso8601)
      reply["KeyCreationDate"] = .string(key.created.iso8601)
      return .object(reply)
    }
  }
}

extension Cloud {
  /// A replica that was made again knows nothing of what the one before it did.
  fileprivate func lastUse(of slot: Int32, since created: Instant) -> Event? {
    for place in stride(from: journal.count - 1, through: 0, by: -1) {
      let event = journal[place]
      if event.at < created { break }
      guard event.error == nil, KMS.needsSymmetricKey(event.operation) else { continue }
      if event.subject == .key(slot) { return event }
      if case .wrapped(let key, _, _) = event.effect, key == slot { return event }
    }
    return nil
  }
}
