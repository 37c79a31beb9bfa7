import Values

/// Amazon CloudWatch: metrics and alarms.
package enum Metrics {
  package struct Dimension: Hashable, Sendable, Comparable {
    package let name: String
    package let value: String

    package init(name: String, value: String) {
      self.name = name
      self.value = value
    }

    package static func < (left: Dimension, right: Dimension) -> Bool {
      (left.name, left.value) < (right.name, right.value)
    }
  }

  /// A metric: a name in a namespace, of one thing.
  package struct Name: Hashable, Sendable, Comparable {
    package let namespace: String
    package let metric: String
    /// Sorted.
    package let dimensions: [Dimension]

    package init(_ namespace: String, _ metric: String, _ dimensions: [Dimension]) {
      self.namespace = namespace
      self.metric = metric
      self.dimensions = dimensions.sorted()
    }

    package static func < (left: Name, right: Name) -> Bool {
      if (left.namespace, left.metric) != (right.namespace, right.metric) {
        return (left.namespace, left.metric) < (right.namespace, right.metric)
      }
      return left.dimensions.lexicographicallyPrecedes(right.dimensions)
    }
  }
}
