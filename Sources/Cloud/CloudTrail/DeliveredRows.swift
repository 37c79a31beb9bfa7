import Values

/// A row that a trail brought to a log group.
package struct DeliveredRow: Hashable, Sendable {
  package let row: TrailRow
  /// When it came; the time of the log event. `Cloud.time(of:)` is the time of the call.
  /// Source: CloudTrail User Guide, sending events to CloudWatch Logs.
  package let at: Instant
  /// The Region of the event, which the name of the log stream ends with.
  package let region: Region
}

extension Cloud {
  /// Log groups that a trail has brought events to: ARNs without the `:*` behind them, sorted.
  package var deliveredLogGroups: [String] {
    Set(world.trails.trails.flatMap { $0.logs.deliveries.map(\.target) }).sorted()
  }

  /// The events that trails brought to a log group in a span of time, in the order in which they came,
  /// until `body` says false. They lie nowhere else: `text(of:)` makes the message of one, and
  /// `TrailColumn` reads a field of it without making any.
  package func eachDelivered(
    to logGroup: String, from start: Instant, to end: Instant, _ body: (DeliveredRow) -> Bool
  ) {
    var found: [(trail: CloudTrail.Trail, delivery: CloudTrail.Delivery)] = []
    for trail in world.trails.trails {
      for delivery in trail.logs.deliveries
      where delivery.target == logGroup && delivery.at >= start && delivery.at <= end {
        found.append((trail, delivery))
      }
    }
    // Deliveries of one trail are in order; the sort keeps that of trails at one time.
    let order = found.indices.sorted { (found[$0].delivery.at, $0) < (found[$1].delivery.at, $1) }
    for place in order {
      let (trail, delivery) = found[place]
      var goesOn = true
      eachRow(of: trail, from: delivery.from, to: delivery.to) { row in
        goesOn = body(DeliveredRow(row: row, at: delivery.at, region: region(of: row)))
        return goesOn
      }
      if !goesOn { return }
    }
  }

  /// The stream of a log group into which events of a Region go.
  /// Source: CloudTrail User Guide, CloudWatch log group and log stream naming for CloudTrail.
  package func trailLogStream(of region: Region) -> String {
    "\(world.account)_CloudTrail_\(region)"
  }
}
