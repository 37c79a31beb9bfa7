import Values

/// Reading API input that has already been checked against the service's model.
extension JSON {
  /// A string member; empty when it is missing, which the model's constraints have refused by then.
  func text(_ name: String) -> String { self[name]?.string ?? "" }

  func optionalText(_ name: String) -> String? { self[name]?.string }

  func number(_ name: String) -> Int? { self[name]?.integer }

  func flag(_ name: String) -> Bool { self[name]?.bool ?? false }

  /// A blob member, which travels as base64.
  func blob(_ name: String) -> [UInt8] { self[name]?.string.flatMap { Base64.decode($0) } ?? [] }

  /// A timestamp member, as text or as seconds since 1970.
  func instant(_ name: String) -> Instant? {
    guard let value = self[name] else { return nil }
    return Instant(parsing: value.string ?? value.line)
  }

  /// A map from strings to strings, in the order given.
  func pairs(_ name: String) -> [(String, String)] {
    self[name]?.object?.members.map { ($0.name, $0.value.string ?? "") } ?? []
  }
}
