import Values

/// The lists and maps that a value holds more than once, the same one and not only an equal one.
///
/// The client tells them by their place in memory. So does this: copies of a list share their storage
/// until one of them is changed, and a query changes nothing of what it takes.
/// Source: seen in AWS CLI, `--output yaml` behind a query that takes a part of a reply twice.
struct YAMLAnchors {
  /// The anchors' names, in the order in which their second places come.
  private var names: [UInt: String] = [:]
  private var written: Set<UInt> = []

  init() {}

  init(_ value: JSON) {
    var seen: Set<UInt> = []
    find(in: value, &seen)
  }

  private mutating func find(in value: JSON, _ seen: inout Set<UInt>) {
    if let place = value.place, !seen.insert(place).inserted {
      if names[place] == nil {
        let number = String(names.count + 1)
        names[place] =
          "id" + String(repeating: "0", count: max(0, 3 - number.utf8.count)) + number
      }
      return
    }
    switch value {
    case .array(let elements): for element in elements { find(in: element, &seen) }
    case .object(let object):
      for member in object.members.sorted(by: { $0.name < $1.name }) {
        find(in: member.value, &seen)
      }
    default: break
    }
  }

  /// What stands in front of a list or a map at its first place, and for it at the others.
  mutating func mark(of value: JSON) -> (text: String, isAlias: Bool)? {
    guard !names.isEmpty, let place = value.place, let name = names[place] else { return nil }
    let isAlias = !written.insert(place).inserted
    return ((isAlias ? "*" : "&") + name, isAlias)
  }
}

extension JSON {
  /// Where a list or a map lies in memory; nothing for one that has no storage of its own.
  fileprivate var place: UInt? {
    switch self {
    case .array(let elements):
      elements.capacity == 0
        ? nil : elements.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
    case .object(let object):
      object.members.capacity == 0
        ? nil : object.members.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
    default: nil
    }
  }

  /// The same value with storage of its own for each list and map, empty ones too: as a reply comes from
  /// the service.
  var unshared: JSON {
    switch self {
    case .array(let elements):
      var copies: [JSON] = []
      copies.reserveCapacity(max(1, elements.count))
      for element in elements { copies.append(element.unshared) }
      return .array(copies)
    case .object(let object):
      var copy = JSONObject(object.members.map { ($0.name, $0.value.unshared) })
      if copy.isEmpty {
        // What is emptied keeps its storage.
        copy[""] = .null
        copy[""] = nil
      }
      return .object(copy)
    default: return self
    }
  }
}
