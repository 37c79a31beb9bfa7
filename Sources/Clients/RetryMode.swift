/// How a client of an AWS SDK goes on after a refusal.
///
/// Source: AWS SDKs and Tools Reference Guide, retry behavior; numbers as in botocore.
package enum RetryMode: String, CaseIterable, Sendable {
  /// The first refusal is final.
  case none
  /// Three attempts, exponential backoff with full jitter, and a quota of retries.
  case standard
  /// The same, and a limit on the client's own rate that learns from refusals.
  case adaptive

  package static let attempts = 3

  /// Codes that the SDK takes for throttling. Kinesis's `KMSThrottlingException` is not among them.
  /// Source: botocore, retries/standard.py.
  package static let throttlingCodes: Set<String> = [
    "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException",
    "TooManyRequestsException", "ProvisionedThroughputExceededException",
    "TransactionInProgressException", "RequestLimitExceeded", "BandwidthLimitExceeded",
    "LimitExceededException", "RequestThrottled", "SlowDown", "PriorRequestNotComplete",
    "EC2ThrottledException",
  ]

  /// Codes after which trying again is worth it because the service, not the request, was at fault.
  package static let transientCodes: Set<String> = [
    "InternalFailure", "InternalFailureException", "RequestTimeout", "ServiceUnavailable",
  ]
}

/// The memory that one SDK client has of its retries.
struct RetryClient: Sendable {
  private static let capacity = 500
  private static let retryCost = 5
  private static let longestBackoff: UInt64 = 20_000

  let mode: RetryMode
  /// Codes that the application itself has the client try again.
  let alsoRetried: Set<String>
  private var quota = capacity
  var limiter = RateLimiter()

  init(_ mode: RetryMode, alsoRetrying codes: Set<String>) {
    self.mode = mode
    alsoRetried = codes
  }

  func isThrottling(_ code: String) -> Bool {
    RetryMode.throttlingCodes.contains(code) || alsoRetried.contains(code)
  }

  /// How many milliseconds to wait before the next attempt; nothing when there is none.
  mutating func backoff(after code: String, attempt: Int, _ chance: inout Chance) -> Int64? {
    guard mode != .none, attempt < RetryMode.attempts,
      isThrottling(code) || RetryMode.transientCodes.contains(code), quota >= Self.retryCost
    else { return nil }
    quota -= Self.retryCost
    let ceiling = min(1000 << UInt64(attempt - 1), Self.longestBackoff)
    return Int64(chance.number(below: ceiling)) + 1
  }

  /// A request came through; one that had to be tried again gives its share back.
  mutating func succeeded(attempt: Int) {
    quota = min(Self.capacity, quota + (attempt > 1 ? Self.retryCost : 1))
  }
}

/// The client-side limit of the adaptive mode: a token bucket whose rate follows a cubic curve
/// between refusals.
///
/// Only sums, products and quotients, so that every machine comes to the same figures.
/// Source: botocore, retries/adaptive.py, throttling.py and bucket.py.
struct RateLimiter: Sendable {
  private static let scale = 0.4
  private static let beta = 0.7
  private static let slowest = 0.5

  private(set) var isOn = false
  private var rate = slowest
  private var tokens = 0.0
  private var filled = 0.0
  private var ceiling = slowest
  private var turningPoint = 0.0
  private var lastRefusal = 0.0
  private var measured = 0.0
  private var bucket = 0.0
  private var count = 0.0

  /// Whether a request may leave now, in seconds since the load began.
  mutating func takesToken(at now: Double) -> Bool {
    guard isOn else { return true }
    refill(now)
    guard tokens >= 1 else { return false }
    tokens -= 1
    return true
  }

  mutating func answered(throttled: Bool, at now: Double) {
    let measured = measure(now)
    let wanted: Double
    if throttled {
      ceiling = isOn ? min(measured, rate) : measured
      turningPoint = Self.cubeRoot(ceiling * (1 - Self.beta) / Self.scale)
      lastRefusal = now
      isOn = true
      wanted = ceiling * Self.beta
    } else {
      let distance = now - lastRefusal - turningPoint
      wanted = Self.scale * distance * distance * distance + ceiling
    }
    refill(now)
    rate = max(min(wanted, 2 * measured), Self.slowest)
    tokens = min(tokens, max(rate, 1))
  }

  private mutating func refill(_ now: Double) {
    tokens = min(max(rate, 1), tokens + (now - filled) * rate)
    filled = now
  }

  /// Requests a second, looked at every half second and smoothed.
  private mutating func measure(_ now: Double) -> Double {
    count += 1
    let current = (now * 2).rounded(.down) / 2
    if current > bucket {
      measured = count / (current - bucket) * 0.8 + measured * 0.2
      count = 0
      bucket = current
    }
    return measured
  }

  static func cubeRoot(_ number: Double) -> Double {
    guard number > 0 else { return 0 }
    var root = max(1, number / 3)
    for _ in 0..<200 {
      let next = (2 * root + number / (root * root)) / 3
      if next == root { break }
      root = next
    }
    return root
  }
}
