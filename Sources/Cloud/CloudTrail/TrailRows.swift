import Values

/// Rows of the trail of which many fields are read, and no record is made: four bytes for each, and
/// the journal where it lies.
struct TrailRows {
  private(set) var rows: [TrailRow] = []
  /// Those of them that are no calls.
  private(set) var services: [TrailRow] = []
  private var codes: Set<String> = []
  private let pages: AppendLog<Event>.Pages

  init(of cloud: Cloud) { pages = AppendLog<Event>.Pages(cloud.journal) }

  /// What the calls were refused with, sorted.
  var errorCodes: [String] { codes.sorted() }

  var count: Int { rows.count }
  subscript(place: Int) -> TrailRow { rows[place] }

  mutating func reserve(_ count: Int) { rows.reserveCapacity(count) }

  mutating func append(_ row: TrailRow) {
    if row.isCall {
      append(call: Int(row.place), pages[Int(row.place)])
    } else {
      services.append(row)
      rows.append(row)
    }
  }

  /// A call that is being looked at.
  @inline(__always)
  mutating func append(call place: Int, _ event: UnsafePointer<Event>) {
    if !event.pointee.isPlain, let error = event.pointee.error?.error {
      codes.insert(error.trailCode)
    }
    rows.append(.call(at: place))
  }

  /// By the place among these rows: `call` of a call where it lies, or `service` of another row.
  @inline(__always)
  func reader(
    _ call: @escaping (UnsafePointer<Event>) -> Int, service: @escaping (TrailRow) -> Int
  ) -> (Int) -> Int {
    let (rows, pages) = (rows, pages)
    return { place in
      let row = rows[place]
      return row.isCall ? call(pages[Int(row.place)]) : service(row)
    }
  }
}

extension Cloud {
  /// The management events of event history since a time: of one Region, or of all.
  func historyRows(from start: Instant, in region: Region?) -> TrailRows {
    var rows = TrailRows(of: self)
    rows.reserve(journal.count)
    let isManagement = OperationID.allCases.map { !$0.kind.isData }
    let isGlobal = OperationID.allCases.map(\.kind.isGlobal)
    let account = world.active
    eachPlace(
      from: .start, to: trailEnd,
      calls: { place, event in
        let operation = event.pointee.operation.index
        guard isManagement[operation], event.pointee.at >= start else { return true }
        if let region {
          let own = isGlobal[operation] ? Region.usEast1 : event.pointee.call.region
          guard own == region else { return true }
        }
        if isRecorded(event, in: account) { rows.append(call: place, event) }
        return true
      },
      services: { row in
        if time(of: row) >= start, isRecorded(row, in: account),
          region == nil || self.region(of: row) == region
        {
          rows.append(row)
        }
        return true
      })
    return rows
  }
}
