import Clients
import Cloud
import EncryptionSDK
import Narration
import Policies
import Values

/// The options of the verb `load`.
struct LoadOptions {
  struct Misuse: Error { var problem: String }

  static let table: [(name: String, value: String, meaning: String)] = [
    ("--stream-name", "S", "the stream"),
    ("--rate", "N/s", "records a second at the height of the curve"),
    ("--record-size", "BYTES", "512 unless said; 1KB is 1024"),
    ("--for", "TIME", "10s unless said; 500ms, 2m, 1h"),
    ("--producers", "N", "clients that write, each with retries of its own; 1 unless said"),
    ("--consumers", "N", "clients that read everything; 0 unless said"),
    ("--poll", "TIME", "how often each consumer reads each shard; 1s unless said"),
    ("--writer", "PROFILE", "whose credentials write; producer unless said"),
    ("--reader", "PROFILE", "whose credentials read; consumer unless said"),
    ("--distinct-credentials", "N", "sessions of the writers' role, used in turn"),
    ("--retry", "MODE", "none, standard or adaptive, as an AWS SDK; of readers too"),
    ("--retry-also", "CODE", "another code that is tried again"),
    (
      "--encrypt", "WHERE",
      "server: Kinesis seals, as the stream is set; client: each producer does"
    ),
    (
      "--cache", "LIMITS",
      "max-age=60s,max-messages=1000,max-bytes=N,capacity=N; library: 60s, as the guide has it; none"
    ),
    ("--key-id", "KEY", "the KMS key of client-side encryption"),
    ("--suite", "0478|0578", "of client-side encryption; 0478 unless said, 0578 signs each record"),
    ("--encryption-context", "K=V,…", "of client-side encryption; stream=NAME unless said"),
    ("--curve", "SHAPE", "step, ramp, burst or sine"),
    ("--keys", "HOW", "partition keys: uniform, random or skewed"),
    ("--region", "REGION", "us-east-1 unless said"),
    (
      "--describe", "N/s",
      "describe-stream calls a second by the reader, beside the records; 0 unless said"
    ),
    ("--seed", "N", "chance of keys and waits; 1 unless said"),
    ("--shards-needed", "", "only say how many shards this load needs"),
  ]

  /// With the longest partition key of a load beside it, a record of that size is 1 MiB.
  private static let mostRecordBytes = 1_048_576 - 16

  /// More than this would not fit into the memory of a small computer.
  private static let mostBytes = 6 << 30

  private(set) var plan: LoadPlan
  let streamName: String
  let asksForShards: Bool

  /// - Parameter lastCounts: whether an option that comes again replaces the first, as what is set
  ///   of a program does; in a line it is a slip.
  init(_ words: [String], in desk: Desk, lastCounts: Bool = false) throws(Misuse) {
    let values = try Self.read(words, lastCounts: lastCounts)
    func text(_ name: String) -> String? { values[name]?.last }
    guard let name = text("--stream-name") else {
      throw Misuse(problem: "load wants --stream-name")
    }
    guard let rate = text("--rate") else {
      throw Misuse(problem: "load wants --rate, such as 1000/s")
    }
    var region = Region.usEast1
    if let word = text("--region") {
      guard let found = Region(word) else {
        let near = NearNames.of(word, among: Region.all.map(\.description))
        throw Misuse(
          problem: "The lab has no Region \(JSON.quoted(word))"
            + (near.isEmpty ? "" : "; did you mean \(near[0])?"))
      }
      region = found
    }
    streamName = name
    guard let stream = desk.world.streams.slot(named: name, in: region) else {
      let names = desk.world.streams.slots(in: region).map { desk.world.streams[$0].name }
      let near = NearNames.of(name, among: names)
      throw Misuse(
        problem: "There is no stream \(JSON.quoted(name)) in \(region)"
          + (near.isEmpty ? "" : "; did you mean \(near[0])?"))
    }
    guard [.active, .updating].contains(desk.world.streams[stream].status) else {
      throw Misuse(
        problem:
          "\(name) is \(desk.world.streams[stream].status.rawValue): wait 15s, then try again")
    }
    plan = LoadPlan(
      stream: stream, region: region, rate: try Self.rate(rate),
      recordSize: try Self.size(text("--record-size") ?? "512"),
      duration: try Self.duration(text("--for") ?? "10s", "--for"),
      writer: try Self.session(text("--writer") ?? "producer", desk),
      reader: try Self.session(text("--reader") ?? "consumer", desk),
      administrator: try Self.session("admin", desk))
    plan.producers = try Self.number(text("--producers"), "--producers", 1...1000) ?? 1
    plan.consumers = try Self.number(text("--consumers"), "--consumers", 0...50) ?? 0
    if let poll = text("--poll") {
      let time = try Self.duration(poll, "--poll")
      guard (200...60_000).contains(time) else {
        throw Misuse(problem: "--poll \(JSON.quoted(poll)) is not between 200ms and 1m")
      }
      plan.poll = time
    }
    plan.credentials =
      try Self.number(text("--distinct-credentials"), "--distinct-credentials", 1...100_000) ?? 0
    if let describes = text("--describe") {
      let digits = describes.hasSuffix("/s") ? String(describes.dropLast(2)) : describes
      plan.describes = try Self.number(digits, "--describe", 0...10_000) ?? 0
    }
    plan.seed = UInt64(try Self.number(text("--seed"), "--seed", 0...Int.max) ?? 1)
    plan.retry = try Self.choice(text("--retry"), "--retry") ?? .none
    plan.curve = try Self.choice(text("--curve"), "--curve") ?? .step
    plan.keys = try Self.choice(text("--keys"), "--keys") ?? .uniform
    plan.alsoRetried = Set(values["--retry-also"] ?? [])
    if plan.retry == .none, let code = values["--retry-also"]?.first {
      throw Misuse(
        problem:
          "--retry-also \(code) belongs to --retry standard or adaptive: with none nothing is "
          + "tried again")
    }
    plan.clientSide = try Self.clientSide(
      text("--encrypt"), key: text("--key-id"), suite: text("--suite"),
      context: text("--encryption-context"), name, desk)
    if let cache = text("--cache"), cache != "none" {
      plan.cache = try CacheOptions.limits(cache)
      for limit in ["max-bytes", "capacity"] where plan.clientSide == nil && cache.contains(limit) {
        throw Misuse(
          problem: "\(limit) belongs to --encrypt client: the guide's library has max-age and "
            + "max-messages")
      }
      if plan.clientSide == nil, desk.world.model == .documented {
        throw Misuse(
          problem: "--cache belongs to --encrypt client: under the model documented no client "
            + "caches data keys of server-side encryption; Kinesis itself uses one for five minutes"
        )
      }
    }
    asksForShards = values["--shards-needed"] != nil
    if plan.credentials > 0, desk.world.identities[plan.writer].principal.roleARN == nil {
      throw Misuse(
        problem: "--distinct-credentials wants a writer that is a role, and "
          + "\(text("--writer") ?? "producer") is none")
    }
    try checkSize()
  }

  private func checkSize() throws(Misuse) {
    let bytes = plan.records * (plan.recordSize + 400)
    guard bytes <= Self.mostBytes else {
      throw Misuse(
        problem: "\(Number.grouped(plan.records)) records of \(plan.recordSize) bytes would take "
          + "\(bytes >> 30) GB of memory here, and the lab stops at \(Self.mostBytes >> 30): "
          + "a lower --rate, a smaller --record-size or a shorter --for fits")
    }
  }

  // MARK: Values

  /// Each option with its values; `--name=value` is the same as two words.
  private static func read(_ words: [String], lastCounts: Bool) throws(Misuse)
    -> [String: [String]]
  {
    var values: [String: [String]] = [:]
    var rest = words[...]
    while let word = rest.popFirst() {
      let name = String(word.prefix { $0 != "=" })
      guard let row = table.first(where: { $0.name == name }) else {
        let near = NearNames.of(name, among: table.map(\.name))
        throw Misuse(
          problem: "load has no \(JSON.quoted(word))"
            + (near.isEmpty ? "" : "; did you mean \(near[0])?"))
      }
      if !lastCounts, values[name] != nil, name != "--retry-also" {
        throw Misuse(problem: "\(name) is given twice")
      }
      if row.value.isEmpty {
        values[name] = []
      } else if word.contains("=") {
        values[name, default: []].append(String(word.dropFirst(name.count + 1)))
      } else if let value = rest.popFirst() {
        values[name, default: []].append(value)
      } else {
        throw Misuse(problem: "\(name) wants a value: \(row.meaning)")
      }
    }
    return values
  }

  private static func clientSide(
    _ place: String?, key: String?, suite: String?, context: String?, _ stream: String, _ desk: Desk
  ) throws(Misuse) -> LoadPlan.ClientSide? {
    guard let place, place != "server" else {
      for (name, value) in [
        ("--key-id", key), ("--suite", suite), ("--encryption-context", context),
      ]
      where value != nil {
        throw Misuse(problem: "\(name) belongs to --encrypt client")
      }
      return nil
    }
    guard place == "client" else {
      throw Misuse(problem: "--encrypt takes server or client, not \(JSON.quoted(place))")
    }
    let suites: [String: AlgorithmSuite] = ["0478": .committing, "0578": .committingSigned]
    let digits = suite.map { $0.hasPrefix("0x") ? String($0.dropFirst(2)) : $0 } ?? "0478"
    guard let suite = suites[digits] else {
      throw Misuse(problem: "--suite takes 0478 or 0578, not \(JSON.quoted(suite ?? digits))")
    }
    var pairs: [(String, String)] = []
    for pair in (context ?? "stream=\(stream)").split(separator: ",") {
      guard let sign = pair.firstIndex(of: "="), sign > pair.startIndex else {
        throw Misuse(
          problem: "--encryption-context takes pairs such as stream=orders, not "
            + JSON.quoted(String(pair)))
      }
      pairs.append((String(pair[..<sign]), String(pair[pair.index(after: sign)...])))
    }
    do throws(MessageError) {
      let context = try MessageContext(pairs)
      try context.checkOwn()
      return LoadPlan.ClientSide(key: key ?? StartNames.keyID, suite: suite, context: context)
    } catch {
      throw Misuse(problem: "--encryption-context: \(error.explanation)")
    }
  }

  private static func number(_ text: String?, _ name: String, _ range: ClosedRange<Int>)
    throws(Misuse) -> Int?
  {
    guard let text else { return nil }
    guard let number = Int(text), range.contains(number) else {
      throw Misuse(
        problem: "\(name) takes a number from \(range.lowerBound) to \(range.upperBound), not "
          + JSON.quoted(text))
    }
    return number
  }

  private static func choice<Choice: RawRepresentable & CaseIterable>(
    _ text: String?, _ name: String
  ) throws(Misuse) -> Choice? where Choice.RawValue == String {
    guard let text else { return nil }
    guard let choice = Choice(rawValue: text) else {
      throw Misuse(
        problem: "\(name) takes \(Choice.allCases.map(\.rawValue).joined(separator: ", ")), not "
          + JSON.quoted(text))
    }
    return choice
  }

  private static func rate(_ text: String) throws(Misuse) -> Int {
    let digits = text.hasSuffix("/s") ? String(text.dropLast(2)) : text
    let (number, factor) =
      digits.hasSuffix("k") ? (String(digits.dropLast()), 1000) : (digits, 1)
    guard let rate = Int(number), (1...1_000_000).contains(rate), rate * factor <= 1_000_000 else {
      throw Misuse(
        problem: "--rate takes 1/s to 1000000/s, such as 20000/s, not \(JSON.quoted(text))")
    }
    return rate * factor
  }

  private static func size(_ text: String) throws(Misuse) -> Int {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let factor: Int? =
      switch text.dropFirst(digits.count) {
      case "", "B": 1
      case "KB", "KiB", "K", "k", "kB": 1024
      case "MB", "MiB", "M": 1_048_576
      default: nil
      }
    guard digits.count <= 7, let number = Int(digits), let factor,
      (1...mostRecordBytes).contains(number * factor)
    else {
      throw Misuse(
        problem: "--record-size takes 1 to \(mostRecordBytes) bytes, such as 512 or 4KB, not "
          + "\(JSON.quoted(text)): a record's data and its partition key are 1 MiB together at most"
      )
    }
    return number * factor
  }

  private static func duration(_ text: String, _ name: String) throws(Misuse) -> Int64 {
    let most: Int64 = 48 * 3600 * 1000
    let found: Int64? =
      if text.hasSuffix("ms"), let number = Int64(text.dropLast(2)) {
        number
      } else {
        LabDuration.parse(text)?.milliseconds
      }
    guard let found, (1...most).contains(found) else {
      throw Misuse(
        problem: "\(name) takes a time such as 500ms, 10s, 2m or 1h, at most 48h, not "
          + JSON.quoted(text))
    }
    return found
  }

  private static func session(_ name: String, _ desk: Desk) throws(Misuse) -> SessionID {
    guard let session = desk.session(ofProfile: name) else {
      let names = desk.profiles
      let near = NearNames.of(name, among: names)
      throw Misuse(
        problem: "There is no profile \(JSON.quoted(name)): "
          + (near.isEmpty
            ? "there are \(names.joined(separator: ", "))" : "did you mean \(near[0])?"))
    }
    return session
  }
}
