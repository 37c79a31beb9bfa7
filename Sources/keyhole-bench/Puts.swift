import Cloud

/// What sealing costs in the whole chain, beside the same bytes through libcrypto alone.
func printPuts() {
  let raw = RawSealing()
  let count = 100_000
  let rawReused = best(of: 5) { raw.seal(count, newKeyEach: false) } / Double(count)
  let rawFresh = best(of: 5) { raw.seal(count, newKeyEach: true) } / Double(count)
  print("\nSSE PutRecord of 256 bytes, \(count) records")
  row("libcrypto alone, one data key", "\(short(rawReused * 1e6)) µs")
  let reused = PutWorkload.cost(of: count, .documented, tries: 5)
  row(
    "whole chain, one data key", "\(short(reused * 1e6)) µs",
    "\(short(rawReused / reused)) of the raw rate")
  row("libcrypto alone, a data key each", "\(short(rawFresh * 1e6)) µs")
  let fresh = PutWorkload.cost(of: count, .described, tries: 5)
  row(
    "whole chain, a data key each", "\(short(fresh * 1e6)) µs",
    "\(short(rawFresh / fresh)) of the raw rate")

  print("\nCost of one record, by how many there are (one data key)")
  var least = Double.infinity
  var most = 0.0
  for size in [1_000, 10_000, 100_000, 1_000_000] {
    let cost = PutWorkload.cost(of: size, .documented, tries: size < 1_000_000 ? 9 : 3)
    least = min(least, cost)
    most = max(most, cost)
    row("\(size) records", "\(short(cost * 1e6)) µs")
  }
  row("dearest over cheapest", short(most / least))
}
