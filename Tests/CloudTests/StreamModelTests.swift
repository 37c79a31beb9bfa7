import API
import Ciphers
import Testing
import Values

@testable import Cloud

/// Random calls against a plain model of a stream: order per key, numbers that grow, nothing lost or
/// doubled, and every record readable exactly while its key allows it.
@Suite struct StreamModelTests {
  /// What was put, in the order of the puts.
  private struct Put {
    var data: [UInt8]
    var key: String
    var shard: Int
    var record: Int
    var arrived: Instant
    /// The KMS key, and which of its data keys; nothing for a record in the clear.
    var seal: (kms: String, dataKey: Int)?
  }

  private struct Reference {
    var puts: [Put] = []
    /// By shard, the indexes of its puts.
    var shards: [[Int]] = []
    var floor = Instant(milliseconds: 0)
    var retention = Duration.seconds(24 * 3600)
    var current: String?
    var isEnabled: [String: Bool] = [:]
    var writing: [String: (until: Instant, dataKey: Int)] = [:]
    var reading: [Int: Instant] = [:]
    var dataKeys = 0
    var starts: [Instant] = []
    var stops: [Instant] = []
    var second: [Int: (second: Int64, count: Int, bytes: Int)] = [:]

    func horizon(_ now: Instant) -> Instant { max(floor, now - retention) }
  }

  private struct Machine {
    var lab: Lab
    var reference = Reference()
    var random: SeededGenerator
    let seed: UInt64
    let model: Model
    let engine = CipherEngine()
    var cursors: [Int: Int] = [:]
    var read = 0
    var refused = 0

    init(seed: UInt64, _ model: Model) throws {
      self.seed = seed
      self.model = model
      random = SeededGenerator(seed: seed)
      lab = try Lab(model, shards: 2)
      reference.shards = [[], []]
      reference.current = StartNames.keyID
      reference.isEnabled[StartNames.keyID] = true
      for _ in 0..<2 {
        let key = try lab.call("admin", "kms", "CreateKey", [:])["KeyMetadata"]?["KeyId"]?.string
        reference.isEnabled[try #require(key)] = true
      }
    }

    mutating func draw(_ count: Int) -> Int {
      Int(random.bytes(count: 4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }) % max(1, count)
    }

    func fail(_ step: Int, _ text: String) {
      Issue.record("seed \(seed), model \(model.rawValue), step \(step): \(text)")
    }

    var now: Instant { lab.cloud.world.now }
    var admin: Call { lab.session("admin") }

    // MARK: Puts

    mutating func put(_ step: Int) {
      let key = "key-\(draw(40))"
      let data = Array("\(step)".utf8) + [UInt8](repeating: UInt8(step & 255), count: draw(40))
      var name = key
      let hash = name.withUTF8 { engine.md5(UnsafeRawBufferPointer($0)) }
      let stream = lab.stream
      let owners = stream.open.filter { stream.shards[Int($0)].range.contains(hash) }
      guard owners.count == 1, let shard = owners.first.map({ Int($0) }) else {
        return fail(step, "\(owners.count) open shards hold \(hash)")
      }
      let seal = expectedSeal()
      let isOverRate = !admits(1024, shard)
      do throws(ServiceError) {
        let stored = try lab.cloud.put(
          Kinesis.NewRecord(data: data, partitionKey: key), into: lab.slot, admin)
        if isOverRate { fail(step, "a shard took more than its rate") }
        if case .refused(let code) = seal { return fail(step, "stored in spite of \(code)") }
        guard Int(stored.shard) == shard, stored.record == reference.shards[shard].count else {
          return fail(step, "stored as \(stored)")
        }
        var place: (kms: String, dataKey: Int)?
        if case .sealed(let kms, let dataKey) = seal { place = (kms, dataKey) }
        count(1024, shard)
        reference.shards[shard].append(reference.puts.count)
        reference.puts.append(
          Put(
            data: data, key: key, shard: shard, record: stored.record, arrived: now, seal: place))
      } catch {
        refused += 1
        let code =
          isOverRate ? "ProvisionedThroughputExceededException" : seal.code
        if error.code != code { fail(step, "\(error.code) where \(code ?? "success") was due") }
      }
    }

    private enum Seal {
      case clear
      case sealed(String, Int)
      case refused(String)

      var code: String? { if case .refused(let code) = self { code } else { nil } }
    }

    /// What becomes of the next record, with the data key that Kinesis remembers or asks for.
    private mutating func expectedSeal() -> Seal {
      guard let kms = reference.current else { return .clear }
      if model == .documented, let kept = reference.writing[kms], now < kept.until {
        return .sealed(kms, kept.dataKey)
      }
      guard reference.isEnabled[kms] == true else { return .refused("KMSDisabledException") }
      return .sealed(kms, reference.dataKeys)
    }

    private mutating func admits(_ bytes: Int, _ shard: Int) -> Bool {
      guard let found = reference.second[shard], found.second == now.seconds else { return true }
      return found.count < 1000 && found.bytes + bytes <= 1_048_576
    }

    private mutating func count(_ bytes: Int, _ shard: Int) {
      var found = reference.second[shard] ?? (now.seconds, 0, 0)
      if found.second != now.seconds { found = (now.seconds, 0, 0) }
      reference.second[shard] = (found.second, found.count + 1, found.bytes + bytes)
      guard let kms = reference.current else { return }
      if model == .documented, let kept = reference.writing[kms], now < kept.until { return }
      reference.writing[kms] = (now + .seconds(300), reference.dataKeys)
      reference.dataKeys += 1
    }

    // MARK: Reads

    /// Reads on from where the last reading of a shard ended.
    mutating func readOn(_ step: Int) {
      let stream = lab.stream
      let listed = stream.listed(at: now)
      guard !listed.isEmpty else { return }
      let shard = listed[draw(listed.count)].index
      let start = cursors[shard] ?? 0
      let limit = 1 + draw(20)
      let type: JSON
      if start == 0 {
        type = ["ShardIteratorType": "TRIM_HORIZON"]
      } else {
        let number = stream.shards[shard].sequenceNumber(of: start - 1).description
        type = [
          "ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": .string(number),
        ]
      }
      let all = reference.shards[shard]
      let horizon = reference.horizon(now)
      var first = start
      while first < all.count, reference.puts[all[first]].arrived < horizon { first += 1 }
      let batch = Array(all[first..<min(all.count, first + limit)])
      let isReadable = opens(batch)
      do {
        let records = try get(shard, type, limit)
        guard isReadable else { return fail(step, "read under a disabled key") }
        guard records.map(\.data) == batch.map({ reference.puts[$0].data }),
          records.map(\.key) == batch.map({ reference.puts[$0].key })
        else { return fail(step, "read \(records.count) records of shard \(shard), not those put") }
        cursors[shard] = first + batch.count
        read += batch.count
      } catch let error as ServiceError {
        refused += 1
        if isReadable || error.code != "KMSDisabledException" {
          fail(step, "\(error.code) for shard \(shard)")
        }
      } catch {
        fail(step, "\(error)")
      }
    }

    /// Reads one record by its number.
    mutating func probe(_ step: Int) {
      guard !reference.puts.isEmpty else { return }
      let index = draw(reference.puts.count)
      let put = reference.puts[index]
      guard put.arrived >= reference.horizon(now) else { return }
      let number = lab.stream.shards[put.shard].sequenceNumber(of: put.record).description
      let isReadable = opens([index])
      do {
        let records = try get(
          put.shard,
          ["ShardIteratorType": "AT_SEQUENCE_NUMBER", "StartingSequenceNumber": .string(number)], 1)
        if !isReadable { return fail(step, "read under a disabled key") }
        if records.first?.data != put.data || records.first?.number != number {
          fail(step, "record \(number) reads otherwise")
        }
      } catch let error as ServiceError {
        refused += 1
        if isReadable || error.code != "KMSDisabledException" { fail(step, error.code) }
      } catch {
        fail(step, "\(error)")
      }
    }

    /// Whether Kinesis can open them all: with data keys that it remembers, or by asking KMS.
    private mutating func opens(_ batch: [Int]) -> Bool {
      var seals: [(kms: String, dataKey: Int)] = []
      for index in batch {
        if let seal = reference.puts[index].seal,
          !seals.contains(where: { $0.dataKey == seal.dataKey })
        {
          seals.append(seal)
        }
      }
      for seal in seals {
        if model == .documented, let until = reference.reading[seal.dataKey], now < until {
          continue
        }
        guard reference.isEnabled[seal.kms] == true else { return false }
        reference.reading[seal.dataKey] = now + .seconds(300)
      }
      return true
    }

    private mutating func get(_ shard: Int, _ type: JSON, _ limit: Int) throws -> [(
      data: [UInt8], key: String, number: String
    )] {
      // Rates of reading have tests of their own.
      lab.cloud.world.streams[lab.slot].shards[shard].reads = Kinesis.RateWindow()
      lab.cloud.world.streams[lab.slot].shards[shard].iterators = Kinesis.RateWindow()
      let iterator = try lab.cloud.call(
        Kinesis.GetShardIterator(
          type.with([
            ("StreamName", "my-secure-stream"), ("ShardId", .string(Kinesis.Shard.id(shard))),
          ])), admin)["ShardIterator"]
      let page = try lab.cloud.call(
        Kinesis.GetRecords(["ShardIterator": iterator ?? .null, "Limit": .integer(limit)]), admin)
      let found = lab.stream.shards[Int(page.shard)]
      return page.plaintexts.enumerated().map { offset, data in
        (
          data, found.partitionKey(of: page.first + offset),
          found.sequenceNumber(of: page.first + offset).description
        )
      }
    }

    // MARK: Changes

    mutating func toggleKey(_ step: Int) throws {
      let keys = reference.isEnabled.keys.sorted()
      let key = keys[draw(keys.count)]
      let isEnabled = reference.isEnabled[key] == true
      try lab.call(
        "admin", "kms", isEnabled ? "DisableKey" : "EnableKey", ["KeyId": .string(key)])
      reference.isEnabled[key] = !isEnabled
    }

    mutating func changeEncryption(_ step: Int) throws {
      let keys = reference.isEnabled.keys.sorted()
      let key = keys[draw(keys.count)]
      let stops = draw(4) == 0
      let recent = (stops ? reference.stops : reference.starts).filter {
        $0 > now - .seconds(86_400)
      }
      let expected: String? =
        recent.count >= 25
        ? "LimitExceededException"
        : !stops && reference.isEnabled[key] != true ? "KMSDisabledException" : nil
      let code = lab.code {
        try lab.kinesis(
          stops ? "StopStreamEncryption" : "StartStreamEncryption",
          ["EncryptionType": "KMS", "KeyId": .string(key)])
      }
      guard code == expected else {
        return fail(step, "\(code ?? "success") where \(expected ?? "success") was due")
      }
      guard code == nil else { return }
      if stops { reference.stops.append(now) } else { reference.starts.append(now) }
      reference.current = stops ? nil : key
      settle(step)
    }

    mutating func reshard(_ step: Int) throws {
      let stream = lab.stream
      if draw(3) == 0 {
        let target = max(1, min(6, stream.open.count * (draw(2) + 1)))
        _ = lab.code {
          try lab.kinesis(
            "UpdateShardCount",
            ["TargetShardCount": .integer(target), "ScalingType": "UNIFORM_SCALING"])
        }
      } else if stream.open.count < 6 {
        let shard = stream.shards[Int(stream.open[draw(stream.open.count)])]
        let width = shard.range.upperBound - shard.range.lowerBound
        try lab.kinesis(
          "SplitShard",
          [
            "ShardToSplit": .string(shard.id),
            "NewStartingHashKey": .string(
              (shard.range.lowerBound + width / 10 * UInt128(1 + draw(9)) + 2).description),
          ])
      } else {
        let place = draw(stream.open.count - 1)
        try lab.kinesis(
          "MergeShards",
          [
            "ShardToMerge": .string(Kinesis.Shard.id(Int(stream.open[place]))),
            "AdjacentShardToMerge": .string(Kinesis.Shard.id(Int(stream.open[place + 1]))),
          ])
      }
      settle(step)
      while reference.shards.count < lab.stream.shards.count { reference.shards.append([]) }
      var next: UInt128 = 0
      for index in lab.stream.open {
        let range = lab.stream.shards[Int(index)].range
        if range.lowerBound != next { fail(step, "the open shards leave a gap") }
        next = range.upperBound &+ 1
      }
      if next != 0 { fail(step, "the open shards end early") }
    }

    mutating func changeRetention(_ step: Int) throws {
      let hours = 24 + draw(4)
      let name =
        hours * 3600 >= Int(reference.retention.milliseconds / 1000) ? "Increase" : "Decrease"
      try lab.kinesis("\(name)StreamRetentionPeriod", ["RetentionPeriodHours": .integer(hours)])
      lab.wait(3)
      reference.floor = reference.horizon(now)
      reference.retention = .seconds(hours * 3600)
      settle(step)
    }

    private mutating func settle(_ step: Int) {
      for _ in 0..<100 where lab.stream.status != .active { lab.wait(1) }
      if lab.stream.status != .active { fail(step, "the stream does not settle") }
    }

    mutating func step(_ step: Int) throws {
      switch draw(1000) {
      case ..<650: put(step)
      case ..<780: readOn(step)
      case ..<880: probe(step)
      case ..<970: lab.cloud.advance(by: .milliseconds(draw(2000)))
      case ..<974: lab.wait(draw(600))
      case ..<975: lab.wait(draw(3600))
      case ..<988: try toggleKey(step)
      case ..<994: try changeEncryption(step)
      case ..<997: try reshard(step)
      case ..<998: try changeRetention(step)
      default: for _ in 0..<8 { put(step) }
      }
    }

    /// Reads all that is kept: parents before children, all keys enabled.
    mutating func finish() throws {
      for key in reference.isEnabled.keys.sorted() where reference.isEnabled[key] != true {
        try lab.call("admin", "kms", "EnableKey", ["KeyId": .string(key)])
      }
      let horizon = reference.horizon(now)
      var byKey: [String: [[UInt8]]] = [:]
      let stream = lab.stream
      for shard in stream.shards {
        var last: UInt64 = 0
        let first = shard.first(arrivedFrom: horizon)
        let all = try lab.cloud.readAll(of: lab.slot, shard.index, admin)
        if all.count != max(0, shard.count - first) {
          fail(-1, "\(shard.id) reads \(all.count) records")
        }
        for (offset, data) in all.enumerated() {
          let number = shard.sequenceNumber(of: first + offset)
          if number.index <= last { fail(-1, "numbers of \(shard.id) do not grow") }
          last = number.index
          byKey[shard.partitionKey(of: first + offset), default: []].append(data)
        }
      }
      var expected: [String: [[UInt8]]] = [:]
      for put in reference.puts where put.arrived >= horizon {
        expected[put.key, default: []].append(put.data)
      }
      if byKey != expected { fail(-1, "what is kept is not what was put, key by key in order") }
    }
  }

  @Test(arguments: [
    (UInt64(1), Model.documented), (2, .described), (3, .documented), (4, .described),
  ])
  func aStreamDoesWhatThePlainModelDoes(seed: UInt64, model: Model) throws {
    var machine = try Machine(seed: seed, model)
    for step in 0..<55_000 { try machine.step(step) }
    try machine.finish()
    // The run is worth something only if all of it happened.
    #expect(machine.reference.puts.count > 20_000)
    #expect(machine.read > 5_000)
    #expect(machine.refused > 500)
    #expect(machine.lab.stream.shards.count > 10)
  }
}
