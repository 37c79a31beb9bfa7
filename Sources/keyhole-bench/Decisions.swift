import Cloud
import Policies

private func rows(_ asked: PreparedDecision, _ what: String) {
  // Short runs, many of them: one of them is left alone by whatever else the machine does.
  let count = 20_000
  for withFindings in [false, true] {
    let cost =
      best(of: 50) { DecisionWorkload.run(asked, count, withFindings: withFindings) }
      / Double(count)
    row(
      what + (withFindings ? ", with findings" : ", bare"), "\(short(1 / cost / 1000)) k/s",
      "\(short(cost * 1e6)) µs each")
  }
}

/// Decisions a second, with and without the findings, and how their cost grows.
func printDecisions() {
  print("\nDecisions")
  if let asked = DecisionWorkload.ofStream { rows(asked, "stream in use, both models' rows") }
  if let asked = DecisionWorkload.ofProducer { rows(asked, "2 of a producer, 5 of a key") }
  for (count, times) in [(5, 200_000), (50, 40_000), (500, 4000), (5000, 400)] {
    if let asked = DecisionWorkload.ofProducer(keyStatements: count) {
      let cost = DecisionWorkload.cost(asked, count: times)
      row(
        "\(count) statements of a key", "\(short(cost * 1e6)) µs",
        "\(short(cost / Double(count) * 1e9)) ns a statement")
    }
  }
  // What makes a matcher slow: many stars, a long run behind one, and a long run with a `?` in it.
  for length in [128, 512, 2048, 20_000] {
    let many = String(repeating: "a*", count: length / 2 - 1) + "b"
    let long = "*" + String(repeating: "a", count: length / 2) + "b"
    let unsure = "*?" + String(repeating: "a", count: length / 2) + "b"
    let text = String(repeating: "a", count: length)
    for (name, pattern) in [("a*a*…b", many), ("*aa…b", long), ("*?aa…b", unsure)] {
      let cost = best(of: 5) { for _ in 0..<20 { _ = wildcard(pattern, covers: text) } } / 20
      row(
        "\(name) of \(pattern.utf8.count) B on \(length) a", "\(short(cost * 1e6)) µs",
        "\(short(cost / Double(length) * 1e9)) ns a byte")
    }
  }
}
