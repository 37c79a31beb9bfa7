import Values

/// The identifiers that CloudTrail and the services give a call.
///
/// They follow from the world's seed and the call's number, so that no call costs any chance and a
/// replay gives the same ones.
struct EventNames: Sendable {
  private let seed: UInt64

  init(seed: UInt64) { self.seed = seed }

  /// Kinds of identifiers, each a series of its own.
  enum Series: UInt64 {
    case event = 1
    case request, shared, service, file
  }

  /// The first half of an identifier, without the marks of a UUID: what a search compares first.
  func head(_ series: Series, _ number: UInt64) -> UInt64 {
    var print = Fingerprint(seed: seed ^ 0x5452_4149_4C00)
    print.fold(series.rawValue << 56 | number)
    return print.value
  }

  /// A UUID of version 4.
  func uuid(_ series: Series, _ number: UInt64) -> String {
    Hex.uuid(Self.marked(bytes(series, number)))
  }

  func bytes(_ series: Series, _ number: UInt64) -> [UInt8] {
    let head = head(series, number)
    var print = Fingerprint(seed: head)
    print.fold(number)
    return [head, print.value].flatMap { word in
      (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) }
    }
  }

  private static func marked(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    bytes[6] = bytes[6] & 0x0F | 0x40
    bytes[8] = bytes[8] & 0x3F | 0x80
    return bytes
  }

  /// The first half of a UUID as `head` gives it, with what its marks leave of it; nothing for a text
  /// that is no UUID.
  static func head(of uuid: String) -> (value: UInt64, mask: UInt64)? {
    let digits = uuid.filter { $0 != "-" }
    guard
      uuid.split(separator: "-", omittingEmptySubsequences: false).map(\.count)
        == [8, 4, 4, 4, 12], let bytes = Hex.bytes(digits.lowercased()), bytes.count == 16
    else { return nil }
    let mask: UInt64 = 0xFFFF_FFFF_FFFF_0FFF
    return (bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) } & mask, mask)
  }
}

extension World {
  var eventNames: EventNames { EventNames(seed: seed) }
}

extension Cloud {
  /// The number behind a row's identifiers.
  func identity(of row: TrailRow) -> (series: EventNames.Series, number: UInt64) {
    row.isCall
      ? (.event, UInt64(journal.withElement(at: Int(row.place)) { $0.pointee.id }))
      : (.service, UInt64(~row.place) + 1)
  }

  /// Source: CloudTrail User Guide, sharedEventID: records of one event in several accounts have each
  /// an identifier of its own.
  package func eventID(of row: TrailRow) -> String {
    let (series, number) = identity(of: row)
    return world.eventNames.uuid(series, number | accountMark)
  }

  /// What tells the identifiers of one account from another's.
  private var accountMark: UInt64 { world.active == .home ? 0 : 1 << 48 }

  /// The row with that `eventID` in the account in use.
  package func row(withID id: String) -> TrailRow? { row(withID: id, mark: accountMark) }

  /// The same in either account.
  package func rowOfAnybody(withID id: String) -> TrailRow? {
    row(withID: id) ?? row(withID: id, mark: accountMark ^ 1 << 48)
  }

  private func row(withID id: String, mark: UInt64) -> TrailRow? {
    guard let (head, mask) = EventNames.head(of: id) else { return nil }
    let names = world.eventNames
    var found: TrailRow?
    journal.scanBackward(0..<journal.count) { place, event in
      if names.head(.event, UInt64(event.pointee.id) | mark) & mask == head {
        found = .call(at: place)
      }
      return found == nil
    }
    for place in 0..<happenings.count where found == nil {
      if names.head(.service, (UInt64(place) + 1) | mark) & mask == head {
        found = .service(at: place)
      }
    }
    guard let found else { return nil }
    let (series, number) = identity(of: found)
    return names.uuid(series, number | mark) == id.lowercased() ? found : nil
  }
}
