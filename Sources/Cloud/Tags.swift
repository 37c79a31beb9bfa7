import Values

/// Tags of a resource: names that are each there once, in the order in which they were set.
package struct Tags: Hashable, Sendable {
  package private(set) var pairs: [Pair] = []

  package struct Pair: Hashable, Sendable {
    package let key: String
    package var value: String
  }

  init() {}

  /// Reads a list of structures, whose members services call differently.
  init(_ list: JSON?, key: String = "Key", value: String = "Value") {
    for element in list?.array ?? [] { set(element.text(key), to: element.text(value)) }
  }

  /// Those of IAM and STS, whose keys differ by more than case.
  /// Source: IAM User Guide, rules for tagging in IAM and AWS STS; IAM API Reference, InvalidInput.
  init(folding list: JSON?) throws(ServiceError) {
    self.init(list)
    let given = (list?.array ?? []).map { $0.text("Key").lowercased() }
    guard Set(given).count == given.count else {
      throw .simulatorInput(
        "InvalidInput",
        "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    }
  }

  /// Another tag takes the place of one whose key differs by case alone.
  mutating func merge(folding others: Tags) {
    for pair in others.pairs {
      let folded = pair.key.lowercased()
      if let place = pairs.firstIndex(where: { $0.key.lowercased() == folded }) {
        pairs[place] = pair
      } else {
        pairs.append(pair)
      }
    }
  }

  package var isEmpty: Bool { pairs.isEmpty }
  package var count: Int { pairs.count }

  package subscript(key: String) -> String? { pairs.first { $0.key == key }?.value }

  mutating func set(_ key: String, to value: String) {
    if let place = pairs.firstIndex(where: { $0.key == key }) {
      pairs[place].value = value
    } else {
      pairs.append(Pair(key: key, value: value))
    }
  }

  mutating func merge(_ others: Tags) {
    for pair in others.pairs { set(pair.key, to: pair.value) }
  }

  mutating func remove(_ keys: [String]) { pairs.removeAll { keys.contains($0.key) } }

  /// A list of `Key` and `Value`.
  var json: JSON {
    .array(pairs.map { ["Key": .string($0.key), "Value": .string($0.value)] })
  }

  /// Condition keys of a request that carries these tags.
  /// Source: IAM User Guide, AWS global condition context keys.
  var requestConditions: [(key: String, values: [String])] {
    guard !isEmpty else { return [] }
    return pairs.map { ("aws:RequestTag/\($0.key)", [$0.value]) }
      + [("aws:TagKeys", pairs.map(\.key))]
  }
}
