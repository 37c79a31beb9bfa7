import Values

/// Numbers the groups of a `stats`, in the order in which they are met.
struct Grouping {
  private let readers: [Reader]
  private let code: ((Int) -> Int)?
  private var byCode: [Int] = []
  private var byKey: [[InsightsValue]: Int] = [:]
  private var bySingle: [InsightsValue: Int] = [:]
  private var last: (key: InsightsValue, group: Int)?
  private(set) var keys: [[InsightsValue]] = []

  /// Fields of few values, whose combinations can be numbered, need no look-up by value.
  private static let mostCodes = 1 << 16

  init(_ groups: [Command.Column], _ compiler: Compiler) {
    readers = groups.map { compiler.reader($0.expression) }
    var product = 1
    var codes: [(size: Int, code: (Int) -> Int)] = []
    for group in groups {
      guard case .coded(let values, let code)? = compiler.column(of: group.expression),
        product * values.count <= Self.mostCodes
      else { break }
      product *= values.count
      // Two codes may stand for the same value, as two sessions of one name do.
      var first: [InsightsValue: Int] = [:]
      let places = values.enumerated().map { place, value in
        let known = first[value] ?? place
        first[value] = known
        return known
      }
      codes.append((values.count, { places[code($0)] }))
    }
    if groups.isEmpty || codes.count < groups.count {
      code = nil
    } else {
      code =
        codes.count == 1
        ? codes[0].code
        : { row in codes.reduce(0) { $0 * $1.size + $1.code(row) } }
      byCode = [Int](repeating: -1, count: product)
    }
  }

  mutating func group(of row: Int) -> Int {
    if let code {
      let place = code(row)
      if byCode[place] < 0 { byCode[place] = add(row) }
      return byCode[place]
    }
    switch readers.count {
    case 0:
      if keys.isEmpty { keys.append([]) }
      return 0
    case 1:
      let key = readers[0](row)
      if let last, last.key == key { return last.group }
      let group = bySingle[key] ?? add(row)
      bySingle[key] = group
      last = (key, group)
      return group
    default:
      let key = readers.map { $0(row) }
      if let group = byKey[key] { return group }
      byKey[key] = add(row)
      return keys.count - 1
    }
  }

  private mutating func add(_ row: Int) -> Int {
    keys.append(readers.map { $0(row) })
    return keys.count - 1
  }
}
