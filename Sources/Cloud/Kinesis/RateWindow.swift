import Values

extension Kinesis {
  /// What one side of a shard takes in a second.
  struct Rate: Sendable {
    var bytes: Int
    var calls: Int
  }

  /// What went through one side of a shard in the current second of the clock.
  ///
  /// Seconds are those of the clock, and what was refused does not count. What is larger than a whole
  /// second's share goes through an unused shard at once, and the shard then rests until it is paid for.
  /// Assumed: that the seconds are the clock's; AWS says how much a second, not which one.
  struct RateWindow: Sendable {
    private var second: Int64 = .min
    private var bytes = 0
    private var calls = 0

    /// Whether one more call may come, whose bytes are not known before; counts the call.
    mutating func begin(at now: Instant, _ rate: Rate) -> Bool {
      turn(to: now, rate)
      guard bytes < rate.bytes, calls < rate.calls else { return false }
      calls += 1
      return true
    }

    /// Adds bytes to a call that has begun.
    mutating func count(_ more: Int) { bytes += more }

    /// Whether so many bytes may come in one more call; counts both.
    @inline(__always)
    mutating func admit(_ more: Int, at now: Instant, _ rate: Rate) -> Bool {
      turn(to: now, rate)
      guard calls < rate.calls, bytes == 0 || bytes + more <= rate.bytes else { return false }
      calls += 1
      bytes += more
      return true
    }

    /// Takes back what was admitted and then came to nothing.
    mutating func takeBack(_ less: Int) {
      calls -= 1
      bytes -= less
    }

    @inline(__always)
    private mutating func turn(to now: Instant, _ rate: Rate) {
      let current = now.seconds
      guard current != second else { return }
      if bytes > rate.bytes {
        let rest = Int64((bytes + rate.bytes - 1) / rate.bytes)
        if current < second + rest { return }
      }
      second = current
      bytes = 0
      calls = 0
    }
  }
}
