import Testing
import Values

@testable import Cloud

@Suite struct MemoryTests {
  /// A record's share of the memory beside its own bytes.
  @Test func recordsAndEventsAreSmall() {
    #expect(MemoryLayout<Event>.stride <= 72)
    #expect(MemoryLayout<Kinesis.Record>.stride <= 24)
  }

  /// Payload, nonce and tag, place and event come to no more than one and a half times the payload.
  @Test func aMillionRecordsTakeHalfAsMuchAgain() {
    let payload = 256 + 11
    let stored =
      payload + 12 + 16 + MemoryLayout<Kinesis.Record>.stride + MemoryLayout<Event>.stride
    #expect(Double(stored) <= 1.5 * Double(payload))
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
}
