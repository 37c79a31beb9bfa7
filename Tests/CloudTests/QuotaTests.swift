import Testing
import Values

@testable import Cloud

/// What the documents say, written down without any arithmetic of buckets: a request is an entry in
/// a list, and the list is looked at.
private struct ReferenceQuota {
  let model: Model
  private var admitted: [Int64] = []
  /// Under the described model: what is saved up, in thousandths, refilled millisecond by millisecond.
  private var saved: Int64 = 40_000_000
  private var last: Int64?

  init(_ model: Model) { self.model = model }

  mutating func admits(at now: Int64, quota: Int) -> Bool {
    switch model {
    case .documented:
      // No burst: so many in the second of the clock, and no more.
      let second = (now >= 0 ? now : now - 999) / 1000
      let used = admitted.count { ($0 >= 0 ? $0 : $0 - 999) / 1000 == second }
      guard used < quota else { return false }
      admitted.append(now)
      admitted.removeAll { $0 < now - 2000 }
      return true
    case .described:
      if let last {
        for _ in 0..<min(now - last, 5000) { saved = min(40_000_000, saved + 10_000) }
      }
      last = now
      guard saved >= 1000 else { return false }
      saved -= 1000
      return true
    }
  }
}

@Suite struct QuotaTests {
  private struct Chance {
    var state: UInt64
    mutating func number(below bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(bound))
    }
  }

  /// Requests at random times in random bursts, many thousand schedules; the small Region's quota is
  /// approached by beginning with most of it used.
  @Test func admissionIsThatOfTheReferenceOverRandomSchedules() throws {
    let region = try #require(Region("eu-north-1"))
    var disagreements = 0
    for schedule in 0..<10_000 {
      var chance = Chance(state: UInt64(schedule))
      let model: Model = schedule % 2 == 0 ? .described : .documented
      var meter = KMS.Meter()
      var reference = ReferenceQuota(model)
      var now: Int64 = 1_767_603_600_000 + Int64(chance.number(below: 1000))
      // Uses up nearly everything first, in both.
      let most = model == .described ? 40_000 : 10_000
      let head = most - chance.number(below: 20)
      if schedule % 100 < 2 {
        for _ in 0..<head {
          try meter.check(.decrypt, region, now: Instant(milliseconds: now), model: model)
          meter.count(.decrypt, region, now: Instant(milliseconds: now), model: model)
          _ = reference.admits(at: now, quota: 10_000)
        }
      }
      for _ in 0..<40 {
        now += Int64(chance.number(below: chance.number(below: 8) == 0 ? 3000 : 3))
        for _ in 0..<chance.number(below: 30) {
          let instant = Instant(milliseconds: now)
          let isAdmitted = (try? meter.check(.decrypt, region, now: instant, model: model)) != nil
          if isAdmitted { meter.count(.decrypt, region, now: instant, model: model) }
          if isAdmitted != reference.admits(at: now, quota: 10_000) { disagreements += 1 }
        }
      }
    }
    #expect(disagreements == 0)
  }

  @Test func describedBurstIsFortyThousandThenTenThousandASecond() {
    var meter = KMS.Meter()
    let start = Instant(milliseconds: 1_767_603_600_000)
    func admitted(_ count: Int, _ now: Instant) -> Int {
      (0..<count).count { _ in
        guard
          (try? meter.check(.generateDataKey, .usEast1, now: now, model: .described)) != nil
        else { return false }
        meter.count(.generateDataKey, .usEast1, now: now, model: .described)
        return true
      }
    }
    #expect(admitted(50_000, start) == 40_000)
    #expect(admitted(50_000, start + .seconds(1)) == 10_000)
    #expect(admitted(50_000, start + .milliseconds(1001)) == 10)
    #expect(admitted(60_000, start + .seconds(100)) == 40_000)
  }

  @Test func otherOperationsUseUpNothing() throws {
    var meter = KMS.Meter()
    let now = Instant(milliseconds: 1_767_603_600_000)
    for id in [OperationID.describeKey, .listKeys, .putRecord, .createKey] {
      meter.count(id, .usEast1, now: now, model: .documented)
    }
    #expect(meter.standing(.usEast1, now: now, model: .documented).left == 100_000)
  }
}
