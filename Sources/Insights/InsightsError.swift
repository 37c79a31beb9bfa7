import Values

/// What is wrong with a query, and where.
package struct InsightsError: Error, Hashable, Sendable {
  /// A sentence without a full stop: `there is no command "stat"`.
  package var problem: String
  /// UTF-8 offsets into the query.
  package var span: Span
  /// What would work.
  package var advice: String?

  init(_ problem: String, _ span: Span, advice: String? = nil) {
    self.problem = problem
    self.span = span
    self.advice = advice
  }

  /// Advice that names what was perhaps meant.
  static func near(_ name: String, among names: some Sequence<String>) -> String? {
    let near = NearNames.of(name, among: names)
    return near.isEmpty ? nil : "did you mean \(near.joined(separator: " or "))?"
  }
}
