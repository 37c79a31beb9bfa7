import Policies
import Values

extension CloudTrail {
  /// The public keys with which digest files of a Region and a time can be checked.
  ///
  /// Source: CloudTrail API Reference, ListPublicKeys. Simplified: a Region has one key, which is valid
  /// from the lab's first day on for ten years.
  struct ListPublicKeys: Operation {
    static let id = OperationID.listPublicKeys
    private static let validity = Duration.seconds(10 * 365 * 86_400)
    var start: Instant?
    var end: Instant?
    var token: String?

    init(_ input: JSON) throws(ServiceError) {
      start = input.instant("StartTime")
      end = input.instant("EndTime")
      token = input.optionalText("NextToken")
    }

    func validate() throws(ServiceError) {
      if let start, let end, start > end {
        throw .trail(
          "InvalidTimeRangeException",
          "The start time \(start.zulu) is after the end time \(end.zulu).")
      }
      if token != nil { throw .trail("InvalidTokenException", "Invalid token.") }
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let first = cloud.world.began
      let last = first + Self.validity
      let (start, end) = (start ?? end ?? cloud.world.now, end ?? cloud.world.now)
      guard start <= last, end >= first else { return ["PublicKeyList": []] }
      let key = cloud.world.digestKeys[permit.call.region]
      return [
        "PublicKeyList": [
          [
            "Value": .string(Base64.encode(key.publicKey)),
            "ValidityStartTime": .string(first.iso8601), "ValidityEndTime": .string(last.iso8601),
            "Fingerprint": .string(key.fingerprint),
          ]
        ]
      ]
    }
  }
}
