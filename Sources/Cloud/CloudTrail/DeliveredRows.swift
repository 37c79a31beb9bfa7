import Values

extension Cloud {
  /// Log groups that a trail has brought events to: ARNs without the `:*` behind them, sorted.
  package var deliveredLogGroups: [String] {
    Set(world.trails.trails.flatMap { $0.logs.deliveries.map(\.target) }).sorted()
  }

  /// What trails brought to a log group in a span of time, in the order in which it came.
  ///
  /// The events of a delivery are the rows that its trail takes between its two ends. They lie nowhere
  /// else: `text(of:)` makes the message of one, and `TrailColumn` reads a field of it without making
  /// any. The time of a log event is that of its delivery.
  /// Source: CloudTrail User Guide, sending events to CloudWatch Logs.
  func deliveries(to logGroup: String, from start: Instant, to end: Instant)
    -> [(trail: CloudTrail.Trail, delivery: CloudTrail.Delivery)]
  {
    var found: [(trail: CloudTrail.Trail, delivery: CloudTrail.Delivery)] = []
    for trail in world.trails.trails {
      for delivery in trail.logs.deliveries
      where delivery.target == logGroup && delivery.at >= start && delivery.at <= end {
        found.append((trail, delivery))
      }
    }
    // Deliveries of one trail are in order; the sort keeps that of trails at one time.
    let order = found.indices.sorted { (found[$0].delivery.at, $0) < (found[$1].delivery.at, $1) }
    return order.map { found[$0] }
  }

  /// The stream of a log group into which events of a Region go.
  /// Source: CloudTrail User Guide, CloudWatch log group and log stream naming for CloudTrail.
  package func trailLogStream(of region: Region) -> String {
    "\(world.account)_CloudTrail_\(region)"
  }
}
