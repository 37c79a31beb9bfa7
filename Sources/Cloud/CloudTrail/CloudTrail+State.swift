import Values

extension CloudTrail {
  /// How a trail is set up, apart from what it selects.
  package struct Settings: Hashable, Sendable {
    package internal(set) var bucket: String
    package internal(set) var prefix: String?
    package internal(set) var isMultiRegion = false
    package internal(set) var includesGlobal = true
    package internal(set) var validatesFiles = false
    /// The ARN of a log group, without the `:*` behind it.
    package internal(set) var logGroup: String?
    package internal(set) var role: String?
    package internal(set) var key: String?
  }

  /// What a trail took from a place of the journal on, until the next change.
  package struct Segment: Sendable {
    package let from: Cursor
    package let at: Instant
    package let isLogging: Bool
    package let settings: Settings
    package let selection: Selection

    func begins(before row: TrailRow) -> Bool {
      row.isCall ? from.event <= Int(row.place) : from.happening <= Int(~row.place)
    }
  }

  /// Events that a trail brought to a bucket or to a log group at one time.
  package struct Delivery: Sendable {
    package let at: Instant
    package let from: Cursor
    package let to: Cursor
    package let count: Int
    /// The log group, or the bucket.
    package let target: String
    package let files: [File]
    /// What CloudTrail wrote there, whatever became of it in the bucket; in the order of `files`.
    var contents: [WrittenFile] = []
  }

  /// A log file in a bucket, of one Region.
  package struct File: Hashable, Sendable {
    package let region: Region
    package let key: String
    package let count: Int
    package let oldest: Instant
    package let newest: Instant
  }

  /// One of the two ways out of a trail.
  package struct Channel: Sendable {
    /// All before it was delivered, or is not meant for this trail.
    package internal(set) var cursor: Cursor
    package internal(set) var deliveries = AppendLog<Delivery>()
    package internal(set) var error: String?

    package var latest: Instant? { deliveries.last?.at }
  }

  package struct Trail: Sendable {
    package let name: String
    package let arn: ARN
    package let home: Region
    package internal(set) var settings: Settings
    package internal(set) var selection = Selection.usual
    package internal(set) var hasCustomSelectors = false
    package internal(set) var tags = Tags()
    package internal(set) var started: Instant?
    package internal(set) var stopped: Instant?
    package internal(set) var isLogging = false
    /// Oldest first; empty until the trail first logs.
    package internal(set) var segments: [Segment] = []
    package internal(set) var files: Channel
    package internal(set) var logs: Channel
    /// It takes nothing any more, and its name is free; what it brought stays readable.
    package internal(set) var isDeleted = false
    /// How many deliveries digest files speak of already.
    var digested = 0
    /// The newest digest file of each Region.
    var digests: [Region: WrittenDigest] = [:]
    package internal(set) var lastDigest: Instant?

    init(name: String, home: Region, account: String, settings: Settings, at cursor: Cursor) {
      self.name = name
      self.home = home
      self.settings = settings
      arn = ARN(
        service: "cloudtrail", region: home.description, account: account,
        resource: "trail/\(name)")
      files = Channel(cursor: cursor)
      logs = Channel(cursor: cursor)
    }

    /// Whether it has brought a row that it takes to its bucket.
    package func hasDelivered(_ row: TrailRow) -> Bool {
      row.isCall
        ? Int(row.place) < files.cursor.event : Int(~row.place) < files.cursor.happening
    }

    /// The segment that says whether the trail takes a row.
    package func segment(for row: TrailRow) -> Segment? {
      segments.last { $0.begins(before: row) }
    }
  }

  package struct State: Sendable {
    /// In the order in which they were made; a deleted one keeps its slot.
    package private(set) var trails: [Trail] = []
    private(set) var digest = Fingerprint()

    /// Nothing for a slot that no trail has.
    package subscript(slot: Int32) -> Trail? {
      trails.indices.contains(Int(slot)) ? trails[Int(slot)] : nil
    }

    /// Whether a trail ever logged what is put into streams.
    var takePuts: Bool {
      trails.contains { trail in
        trail.segments.contains { $0.isLogging && $0.selection.verdict(for: .putRecord) != .no }
      }
    }

    var slots: Range<Int32> { 0..<Int32(trails.count) }

    package func slot(named name: String, home: Region) -> Int32? {
      trails.firstIndex { $0.name == name && $0.home == home && !$0.isDeleted }.map(Int32.init)
    }

    /// Trails that are there, with their slots.
    package var all: [(slot: Int32, trail: Trail)] {
      trails.enumerated().compactMap { slot, trail in
        trail.isDeleted ? nil : (Int32(slot), trail)
      }
    }

    mutating func add(_ trail: Trail) -> Int32 {
      trails.append(trail)
      note("\(trail.arn) \(trail.settings)")
      return Int32(trails.count - 1)
    }

    /// Changes a trail; `what` tells the world that has the change from the one that has not.
    mutating func change(_ slot: Int32, noting what: String, _ body: (inout Trail) -> Void) {
      guard trails.indices.contains(Int(slot)) else { return }
      body(&trails[Int(slot)])
      note("\(slot) \(what)")
    }

    /// Notes what a trail brought, which follows from the journal and the clock.
    mutating func deliver(_ slot: Int32, _ body: (inout Trail) -> Void) {
      guard trails.indices.contains(Int(slot)) else { return }
      body(&trails[Int(slot)])
    }

    /// The trails of the start world tell no world from another.
    mutating func begin() { digest = Fingerprint() }

    private mutating func note(_ what: String) { digest.fold(what) }
  }
}

extension Cloud {
  /// Whether a trail takes a row, by what it was set to when the row was written.
  package func takes(_ trail: CloudTrail.Trail, _ row: TrailRow) -> Bool {
    guard let segment = trail.segment(for: row), segment.isLogging else { return false }
    return takes(segment, row, home: trail.home)
  }

  func takes(_ segment: CloudTrail.Segment, _ row: TrailRow, home: Region) -> Bool {
    guard row.isCall else {
      guard let key = service(of: row)?.key, world.keys[key].owner == .home else { return false }
      return (segment.settings.isMultiRegion || region(of: row) == home)
        && (service(of: row).map { segment.selection.takes(service: $0.name) } ?? false)
    }
    return journal.withElement(at: Int(row.place)) { event in
      guard isRecorded(event, in: .home) else { return false }
      let kind = event.pointee.operation.kind
      if kind.isGlobal {
        // Source: CloudTrail User Guide, global service events: since 22 November 2021 they belong to
        // us-east-1, and a trail of another single Region has none of them.
        guard segment.settings.includesGlobal,
          segment.settings.isMultiRegion || home == .usEast1
        else { return false }
      } else if !segment.settings.isMultiRegion, event.pointee.call.region != home {
        return false
      }
      switch segment.selection.verdict(for: event.pointee.operation) {
      case .no: return false
      case .yes: return true
      case .byResource: return segment.selection.takes(event.pointee, in: self)
      }
    }
  }

  /// The rows of a part of the trail that it takes.
  func eachRow(
    of trail: CloudTrail.Trail, from start: CloudTrail.Cursor, to end: CloudTrail.Cursor,
    _ body: (TrailRow) -> Bool
  ) {
    eachRow(of: trail.segments, home: trail.home, from: start, to: end, body)
  }

  /// The same, by what a trail took when.
  func eachRow(
    of segments: [CloudTrail.Segment], home: Region, from start: CloudTrail.Cursor,
    to end: CloudTrail.Cursor, _ body: (TrailRow) -> Bool
  ) {
    var place = -1
    eachRow(from: start, to: end) { row in
      while place + 1 < segments.count, segments[place + 1].begins(before: row) { place += 1 }
      guard place >= 0, segments[place].isLogging, takes(segments[place], row, home: home)
      else { return true }
      return body(row)
    }
  }
}
