import Testing

@testable import Clients

@Suite struct RetryTests {
  @Test func withoutRetriesTheFirstRefusalIsFinal() {
    var chance = Chance(seed: 1)
    var client = RetryClient(.none, alsoRetrying: [])
    #expect(client.backoff(after: "ThrottlingException", attempt: 1, &chance) == nil)
  }

  @Test func standardTriesThreeTimesAndWaitsLongerEachTime() throws {
    var chance = Chance(seed: 1)
    var firsts: [Int64] = []
    var seconds: [Int64] = []
    for _ in 0..<2000 {
      var client = RetryClient(.standard, alsoRetrying: [])
      firsts.append(
        try #require(client.backoff(after: "ThrottlingException", attempt: 1, &chance)))
      seconds.append(
        try #require(client.backoff(after: "ThrottlingException", attempt: 2, &chance)))
      #expect(client.backoff(after: "ThrottlingException", attempt: 3, &chance) == nil)
    }
    #expect(firsts.allSatisfy { (1...1000).contains($0) })
    #expect(seconds.allSatisfy { (1...2000).contains($0) })
    // Full jitter: the mean is half of the ceiling.
    #expect((450...550).contains(firsts.reduce(0, +) / 2000))
    #expect((900...1100).contains(seconds.reduce(0, +) / 2000))
  }

  @Test func theSDKDoesNotKnowKinesissNameForAThrottledKey() {
    var chance = Chance(seed: 1)
    var client = RetryClient(.standard, alsoRetrying: [])
    #expect(client.backoff(after: "KMSThrottlingException", attempt: 1, &chance) == nil)
    var taught = RetryClient(.standard, alsoRetrying: ["KMSThrottlingException"])
    #expect(taught.backoff(after: "KMSThrottlingException", attempt: 1, &chance) != nil)
  }

  @Test func theQuotaOfRetriesEndsThemAndSuccessesFillIt() {
    var chance = Chance(seed: 1)
    var client = RetryClient(.standard, alsoRetrying: [])
    var retries = 0
    while client.backoff(after: "ThrottlingException", attempt: 1, &chance) != nil { retries += 1 }
    #expect(retries == 100)
    client.succeeded(attempt: 2)
    #expect(client.backoff(after: "ThrottlingException", attempt: 1, &chance) != nil)
    for _ in 0..<4 { client.succeeded(attempt: 1) }
    #expect(client.backoff(after: "ThrottlingException", attempt: 1, &chance) == nil)
    client.succeeded(attempt: 1)
    #expect(client.backoff(after: "ThrottlingException", attempt: 1, &chance) != nil)
  }

  @Test func theAdaptiveLimitComesDownToWhatIsAnswered() {
    // A service that takes 100 a second, asked by a client that would send 500.
    var limiter = RateLimiter()
    var sent = 0
    var refused = 0
    var used = 0
    for millisecond in 0..<20_000 {
      let now = Double(millisecond) / 1000
      if millisecond % 1000 == 0 { used = 0 }
      guard millisecond % 2 == 0, limiter.takesToken(at: now) else { continue }
      sent += 1
      used += 1
      if used > 100 { refused += 1 }
      limiter.answered(throttled: used > 100, at: now)
    }
    #expect(limiter.isOn)
    #expect(sent < 3500)
    #expect(Double(refused) / Double(sent) < 0.5)
  }

  @Test(arguments: [0.001, 0.5, 1, 2, 27, 1000, 7_500_000])
  func cubeRootsAreCubeRoots(_ number: Double) {
    let root = RateLimiter.cubeRoot(number)
    #expect(abs(root * root * root - number) < number * 1e-12)
  }
}

@Suite struct CurveTests {
  @Test func everyCurveStaysBetweenNothingAndTheFullRate() {
    for curve in LoadPlan.Curve.allCases {
      let shares = (0..<10_000).map { curve.share(at: Int64($0), of: 10_000) }
      #expect(shares.allSatisfy { (0...1000).contains($0) }, "\(curve)")
      #expect(shares.max() == 1000, "\(curve)")
    }
  }

  @Test func aRampRisesAndASineComesBack() {
    let ramp = (0..<10).map { LoadPlan.Curve.ramp.share(at: Int64($0) * 1000, of: 10_000) }
    #expect(ramp == ramp.sorted() && ramp[0] < 10 && ramp[9] > 890)
    let sine = (0..<10).map { LoadPlan.Curve.sine.share(at: Int64($0) * 1000, of: 10_000) }
    #expect(sine[0] == 100 && sine[5] == 1000 && sine[1] == sine[9])
  }
}
