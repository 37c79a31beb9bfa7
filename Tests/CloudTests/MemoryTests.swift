import Testing
import Values

@testable import Cloud

@Suite struct MemoryTests {
  /// A record's share of the memory beside its own bytes.
  @Test func recordsAndEventsAreSmall() {
    #expect(MemoryLayout<Event>.stride <= 56)
    #expect(MemoryLayout<Kinesis.Record>.stride <= 24)
  }

  /// What the logs of a stream really take, with what is not yet used of their chunks, and how much of it is
  /// in use, for each record.
  private func filled(_ model: Model, records count: Int) throws -> (perRecord: Double, unused: Int)
  {
    var lab = try Lab(model)
    let call = lab.session("producer")
    let record = Kinesis.NewRecord(
      data: [UInt8](repeating: 7, count: 256), partitionKey: "load")
    let before = lab.cloud.footprint
    for index in 0..<count {
      if index.isMultiple(of: 1000) { lab.wait(1) }
      try lab.cloud.put(record, into: lab.slot, call)
    }
    let after = lab.cloud.footprint
    return (Double(after.used - before.used) / Double(count), after.taken - after.used)
  }

  /// Nonce and tag, place and event: a record takes no more than one and a half times its data.
  @Test func aRecordUnderASharedDataKeyTakesHalfAsMuchAgain() throws {
    let (perRecord, unused) = try filled(.documented, records: 100_000)
    #expect(perRecord <= 1.5 * 256, "\(perRecord) bytes")
    // A chunk of each log at the most, of which memory is touched as it is written.
    #expect(unused <= 20 << 20, "\(unused) bytes")
  }

  /// A wrapped key of 85 bytes and the event of its making, which one and a half times do not hold: less
  /// than twice is the limit here.
  @Test func aRecordWithADataKeyOfItsOwnTakesLessThanTwice() throws {
    let (perRecord, unused) = try filled(.described, records: 60_000)
    #expect(perRecord <= 1.95 * 256, "\(perRecord) bytes")
    #expect(unused <= 30 << 20, "\(unused) bytes")
  }

  /// Wrapped keys are kept without what they have in common, and come back as they were.
  @Test func everyEnvelopeComesBackAsItWasPut() throws {
    var log = Kinesis.EnvelopeLog()
    var put: [Kinesis.Envelope] = []
    for index in 0..<3000 {
      var blob = [UInt8](repeating: UInt8(truncatingIfNeeded: index), count: 85)
      // Now and then a head of its own, another context, a length that no wrapped key has.
      blob[4] = UInt8(truncatingIfNeeded: index / 700)
      if index % 2 == 1 { blob[24] = UInt8(truncatingIfNeeded: index >> 3) }
      if index % 500 == 9 { blob.removeLast(index % 80) }
      let envelope = Kinesis.Envelope(
        key: Int32(index % 3), blob: blob, context: Array("context \(index / 1000)".utf8))
      #expect(log.append(envelope) == index)
      put.append(envelope)
    }
    #expect(log.count == put.count)
    for (index, envelope) in put.enumerated() {
      let found = log[index]
      #expect(found.key == envelope.key && log.key(of: index) == envelope.key)
      #expect(found.blob == envelope.blob, "\(index)")
      #expect(found.context == envelope.context && log.context(of: index) == envelope.context)
    }
    #expect(log.last?.blob == put.last?.blob)
  }

  /// An event says in few bytes what it was told, whatever that was.
  @Test func anEventKeepsWhatItIsTold() throws {
    let lab = try Lab()
    var call = lab.session("producer")
    call.parent = 7
    call.via = ForwardedAccess(stream: 3)
    let arn = ARN(service: "kinesis", region: "us-east-1", account: "1", resource: "stream/x")
    for subject in [Subject.none, .stream(5), .key(6), .named(arn)] {
      for effect in [
        Effect.none, .wrapped(key: 1, material: 2, bytes: 3),
        .unwrapped(key: 4, material: 5, count: 6),
        .named(key: 7), .stored(stream: 5, shard: 8, record: .max, count: 500),
        .read(shard: 9, record: 10, count: 10_000, encrypted: 9_999),
      ] {
        var event = Event(
          id: 9, operation: .putRecord, call: call, at: lab.cloud.world.now, detail: nil)
        event.subject = subject
        event.effect = effect
        if case .stored = effect, subject != .stream(5) { continue }
        #expect(event.subject == subject)
        #expect(event.effect == effect)
        #expect(event.error == nil && event.decision == nil)
        event.error = ErrorBox(.dryRun)
        #expect(event.subject == subject && event.effect == effect && event.error != nil)
      }
    }
    let event = Event(
      id: 9, operation: .putRecord, call: call, at: lab.cloud.world.now, detail: nil)
    #expect(event.call == call && event.call.via?.stream == 3)
  }

  @Test func goingBackCopiesNoRecords() throws {
    var lab = try Lab(.documented)
    let call = lab.session("producer")
    let record = Kinesis.NewRecord(
      data: [UInt8](repeating: 7, count: 256), partitionKey: "customer-17")
    for index in 0..<20_000 {
      if index.isMultiple(of: 1000) { lab.wait(1) }
      try lab.cloud.put(record, into: lab.slot, call)
    }
    let full = lab.cloud
    let digest = full.world.digest
    for index in 0..<100 {
      if index.isMultiple(of: 50) { lab.wait(1) }
      try lab.cloud.put(record, into: lab.slot, call)
    }
    // Both lie in the same chunks, and going back is the old value.
    let before = full.world.streams[lab.slot].shards[0]
    let after = lab.stream.shards[0]
    #expect(before.count == 20_000)
    #expect(after.count == 20_100)
    #expect(before.sharesMemory(with: after))
    lab.cloud = full
    #expect(lab.cloud.world.digest == digest)
    #expect(lab.stream.shards[0].count == 20_000)
    // What is put after that lies beside what was taken back, not on it.
    let taken = after.body(of: 20_000)
    lab.wait(1)
    let other = Kinesis.NewRecord(
      data: [UInt8](repeating: 9, count: 256), partitionKey: "customer-17")
    try lab.cloud.put(other, into: lab.slot, call)
    #expect(lab.stream.shards[0].body(of: 20_000) != taken)
    #expect(after.body(of: 20_000) == taken)
  }

  /// A stream that is written to for a week takes no more than the day that it keeps, and a world from
  /// before the clock went on still has what lay there then.
  @Test func agedRecordsGiveTheirMemoryBack() throws {
    var lab = try Lab(.documented)
    let call = lab.session("producer")
    let record = Kinesis.NewRecord(data: [UInt8](repeating: 7, count: 4096), partitionKey: "load")
    var most = 0
    var early: World?
    for hour in 0..<(7 * 24) {
      for _ in 0..<40 { try lab.cloud.put(record, into: lab.slot, call) }
      if hour == 3 { early = lab.cloud.world }
      lab.wait(3600)
      let taken = lab.cloud.world.streams[lab.slot].shards[0].footprint.taken
      most = max(most, taken)
    }
    let shard = lab.cloud.world.streams[lab.slot].shards[0]
    #expect(shard.count == 7 * 24 * 40)
    // What a day brings, and a chunk at either edge; the whole week is 27 MB.
    #expect(most <= 24 * 40 * 4200 + 2 * (8 << 20), "\(most) bytes")
    #expect(shard.body(of: 0).isEmpty && shard.partitionKey(of: 0).isEmpty)
    #expect(shard.partitionKey(of: shard.count - 1) == "load")
    let old = try #require(early?.streams[lab.slot].shards[0])
    #expect(old.partitionKey(of: 0) == "load" && old.body(of: 0).count > 4096)
    // Everything that is kept can be read.
    let kept = try lab.read()
    #expect(kept.count == 24 * 40 && kept.allSatisfy { $0.utf8.count == 4096 })
  }
}
