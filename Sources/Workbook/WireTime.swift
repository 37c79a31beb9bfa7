import API
import Values

/// The setting `cli_timestamp_format`: times as the client prints them, or as the service sent them.
enum WireTime {
  /// Services whose answers are XML, in which a time is a text; those of the others have seconds.
  private static let texts: Set<String> = ["cloudformation", "iam", "s3api", "sts"]

  static func wire(_ reply: JSON, of operation: API.Operation) -> JSON {
    guard let output = operation.output else { return reply }
    return wire(reply, output, asText: texts.contains(operation.service))
  }

  private static func wire(_ value: JSON, _ shape: Shape, asText: Bool) -> JSON {
    switch shape.kind {
    case .timestamp:
      guard let text = value.string,
        let time = Instant(parsing: text) ?? Instant(readingAnyForm: text)
      else { return value }
      return asText ? .string(time.zulu) : .double(Double(time.milliseconds) / 1000)
    case .structure:
      guard let object = value.object else { return value }
      return .object(
        JSONObject(
          object.members.map { member in
            (
              member.name,
              shape.member(member.name).map { wire(member.value, $0.shape, asText: asText) }
                ?? member.value
            )
          }))
    case .list:
      guard let elements = value.array, let element = shape.element else { return value }
      return .array(elements.map { wire($0, element, asText: asText) })
    case .map:
      guard let object = value.object, let element = shape.value else { return value }
      return .object(
        JSONObject(object.members.map { ($0.name, wire($0.value, element, asText: asText)) }))
    default: return value
    }
  }
}
