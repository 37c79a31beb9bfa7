import Testing
import Values

@testable import Cloud

/// What the documents say, without arithmetic of buckets: time passes millisecond by millisecond.
private struct ReferenceQuota {
  let quota: KMS.Quota
  private var admitted: [Int64] = []
  /// Of a bucket: what is saved up, in thousandths.
  private var saved: Int
  private var last: Int64

  init(_ quota: KMS.Quota, now: Int64) {
    self.quota = quota
    saved = (quota.burst ?? 0) * 1000
    last = now
  }

  mutating func admits(at now: Int64) -> Bool {
    guard let burst = quota.burst else {
      let used = admitted.count { $0 / 1000 == now / 1000 }
      guard used < quota.rate else { return false }
      admitted.append(now)
      return true
    }
    while last < now {
      last += 1
      saved = min(burst * 1000, saved + quota.rate)
    }
    guard saved >= 1000 else { return false }
    saved -= 1000
    return true
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

  /// Small quotas, so that each schedule of random bursts meets them many times.
  @Test func admissionIsThatOfTheReferenceOverRandomSchedules() {
    var disagreements = 0
    var refused = 0
    for schedule in 0..<10_000 {
      var chance = Chance(state: UInt64(schedule))
      let rate = 1 + chance.number(below: 9)
      let quota = KMS.Quota(
        rate: rate, burst: schedule % 2 == 0 ? rate * (1 + chance.number(below: 5)) : nil)
      var now: Int64 = 1_767_603_600_000 + Int64(chance.number(below: 1000))
      var meter = KMS.Meter()
      var reference = ReferenceQuota(quota, now: now)
      for _ in 0..<12 {
        now += Int64(chance.number(below: chance.number(below: 4) == 0 ? 1500 : 200))
        for _ in 0..<chance.number(below: 6) {
          let instant = Instant(milliseconds: now)
          let isAdmitted =
            (try? meter.check(.decrypt, .usEast1, quota, now: instant)) != nil
          if isAdmitted { meter.count(.decrypt, .usEast1, quota, now: instant) }
          if isAdmitted != reference.admits(at: now) { disagreements += 1 }
          if !isAdmitted { refused += 1 }
        }
      }
    }
    #expect(disagreements == 0)
    #expect(refused > 10_000)
  }

  @Test func describedBurstIsFortyThousandThenTenThousandASecond() {
    var meter = KMS.Meter()
    let quota = KMS.Quota(rate: 10_000, burst: 40_000)
    let start = Instant(milliseconds: 1_767_603_600_000)
    func admitted(_ count: Int, _ now: Instant) -> Int {
      (0..<count).count { _ in
        guard (try? meter.check(.generateDataKey, .usEast1, quota, now: now)) != nil else {
          return false
        }
        meter.count(.generateDataKey, .usEast1, quota, now: now)
        return true
      }
    }
    #expect(admitted(50_000, start) == 40_000)
    #expect(admitted(50_000, start + .seconds(1)) == 10_000)
    #expect(admitted(50_000, start + .milliseconds(1001)) == 10)
    #expect(admitted(60_000, start + .seconds(100)) == 40_000)
  }

  @Test func otherOperationsUseUpNothing() {
    var meter = KMS.Meter()
    let quota = KMS.Quota(rate: 10, burst: nil)
    let now = Instant(milliseconds: 1_767_603_600_000)
    for id in [OperationID.describeKey, .listKeys, .putRecord, .createKey] {
      meter.count(id, .usEast1, quota, now: now)
    }
    #expect(meter.standing(.usEast1, quota, now: now).left == 10)
    #expect(meter.admitted == 0)
  }

  @Test func eachModelHasItsOwnQuota() {
    var cloud = Cloud.start()
    #expect(cloud.world.cryptographicQuota(in: .usEast1).burst == 40_000)
    cloud.setModel(.documented)
    let quotas = ["us-east-1", "eu-central-1", "eu-north-1"].compactMap { Region($0) }
      .map { cloud.world.cryptographicQuota(in: $0).rate }
    #expect(quotas == [100_000, 20_000, 10_000])
  }
}
