import Policies
import Values

extension CloudTrail {
  /// When trails bring what they have: at full five minutes of the clock.
  /// Simplified: "on average within about 5 minutes" has no such beat.
  /// Source: CloudTrail User Guide, finding your CloudTrail log files.
  static let deliveryTime = Duration.seconds(5 * 60)
  /// Source: CloudTrail User Guide, digest file structure.
  static let digestTime = Duration.seconds(60 * 60)

  /// The principal that a bucket's policy must admit.
  package static let principal = "cloudtrail.amazonaws.com"
}

// MARK: Into the bucket

extension Cloud {
  /// Brings what is due until an instant, from now on. Nothing happens between two deliveries that a
  /// call or a timer did not do, so that one is enough for any stretch of time.
  mutating func deliverTrails(until end: Instant) {
    let next = Self.next(CloudTrail.deliveryTime, after: world.now)
    guard next <= end else { return }
    for slot in world.trails.slots { deliver(slot, at: next) }
    let hour = Self.next(CloudTrail.digestTime, after: world.now)
    guard hour <= end else { return }
    for slot in world.trails.slots { digest(slot, at: hour) }
  }

  /// The first full multiple of a duration after an instant.
  private static func next(_ duration: Duration, after now: Instant) -> Instant {
    let length = duration.milliseconds
    return Instant(milliseconds: (now.milliseconds / length + 1) * length)
  }

  private mutating func deliver(_ slot: Int32, at instant: Instant) {
    guard let trail = world.trails[slot], !trail.segments.isEmpty else { return }
    let end = trailEnd
    if trail.files.cursor != end { deliverFiles(of: trail, slot, to: end, at: instant) }
    if trail.settings.logGroup == nil {
      world.trails.deliver(slot) { $0.logs.cursor = end }
    } else if trail.logs.cursor != end {
      deliverToLogs(of: trail, slot, to: end, at: instant)
    }
  }

  private mutating func deliverFiles(
    of trail: CloudTrail.Trail, _ slot: Int32, to end: CloudTrail.Cursor, at instant: Instant
  ) {
    let start = trail.files.cursor
    // By the Region's index.
    var found = [(count: Int, oldest: Instant, newest: Instant)?](
      repeating: nil, count: Region.all.count)
    eachRow(of: trail, from: start, to: end) { row in
      let (time, region) = place(of: row)
      let known = found[Int(region.index)] ?? (0, time, time)
      found[Int(region.index)] = (
        known.count + 1, min(known.oldest, time), max(known.newest, time)
      )
      return true
    }
    if found.allSatisfy({ $0 == nil }) {
      world.trails.deliver(slot) { $0.files.cursor = end }
      return
    }
    // Source: CloudTrail User Guide: what could not be delivered is tried again.
    if let problem = world.bucketProblem(of: trail) {
      world.trails.deliver(slot) { $0.files.error = problem.code }
      return
    }
    var files: [CloudTrail.File] = []
    var contents: [CloudTrail.WrittenFile] = []
    for region in Region.all {
      guard let rows = found[Int(region.index)] else { continue }
      let number =
        UInt64(slot) << 48 | UInt64(trail.files.deliveries.count) << 8 | UInt64(region.index)
      let file = CloudTrail.File(
        region: region, key: world.logFileKey(of: trail, region, at: instant, number),
        count: rows.count, oldest: rows.oldest, newest: rows.newest)
      let written = CloudTrail.WrittenFile(
        .log(trail.segments, home: trail.home, from: start, to: end, region))
      world.buckets.put(
        S3.Object(
          key: file.key, modified: instant, content: .trail(written), type: "application/json",
          encoding: "gzip"), into: trail.settings.bucket)
      files.append(file)
      contents.append(written)
    }
    let delivery = CloudTrail.Delivery(
      at: instant, from: start, to: end, count: files.reduce(0) { $0 + $1.count },
      target: trail.settings.bucket, files: files, contents: contents)
    world.trails.deliver(slot) {
      $0.files.cursor = end
      $0.files.error = nil
      $0.files.deliveries.append(delivery)
    }
  }

  /// Writes a digest file for each Region of which log files came since the last one.
  private mutating func digest(_ slot: Int32, at instant: Instant) {
    guard let trail = world.trails[slot], trail.settings.validatesFiles, !trail.segments.isEmpty
    else { return }
    let deliveries = trail.files.deliveries.suffix(from: trail.digested)
    guard !deliveries.isEmpty, world.bucketProblem(of: trail) == nil else { return }
    for region in Region.all {
      let files = deliveries.flatMap { delivery in
        zip(delivery.files, delivery.contents).filter { $0.0.region == region }.map {
          (file: $0.0, bucket: delivery.target, written: $0.1)
        }
      }
      if files.isEmpty { continue }
      let key = world.digestKey(of: trail, region, at: instant)
      let digest = CloudTrail.DigestFile(
        account: world.account, region: region, bucket: trail.settings.bucket, key: key,
        start: instant - CloudTrail.digestTime, end: instant, files: files,
        previous: trail.digests[region])
      let written = CloudTrail.WrittenFile(.digest(digest))
      world.buckets.put(
        S3.Object(
          key: key, modified: instant, content: .trail(written), type: "application/json",
          encoding: "gzip"), into: trail.settings.bucket)
      world.trails.deliver(slot) {
        $0.digests[region] = CloudTrail.WrittenDigest(
          bucket: trail.settings.bucket, key: key, written: written)
      }
    }
    world.trails.deliver(slot) {
      $0.digested = $0.files.deliveries.count
      $0.lastDigest = instant
    }
  }
}

// MARK: Where files go

extension World {
  /// Source: CloudTrail User Guide, log file name format.
  fileprivate func logFileKey(
    of trail: CloudTrail.Trail, _ region: Region, at instant: Instant, _ number: UInt64
  ) -> String {
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
    let name = String(eventNames.bytes(.file, number).map { letters[Int($0) % letters.count] })
    return folder(of: trail, "CloudTrail", region, at: instant)
      + "\(account)_CloudTrail_\(region)_\(instant.compactMinute)Z_\(name).json.gz"
  }

  /// Source: CloudTrail User Guide, digest file location.
  fileprivate func digestKey(of trail: CloudTrail.Trail, _ region: Region, at instant: Instant)
    -> String
  {
    folder(of: trail, "CloudTrail-Digest", region, at: instant)
      + "\(account)_CloudTrail-Digest_\(region)_\(trail.name)_\(trail.home)_"
      + "\(instant.compactMinute)\(instant.timeOfDay.suffix(2))Z.json.gz"
  }

  private func folder(
    of trail: CloudTrail.Trail, _ kind: String, _ region: Region, at instant: Instant
  ) -> String {
    let day = instant.date.split(separator: "-").joined(separator: "/")
    return "\(logFolder(trail.settings.prefix))\(kind)/\(region)/\(day)/"
  }

  private func logFolder(_ prefix: String?) -> String {
    (prefix.map { "\($0)/" } ?? "") + "AWSLogs/\(account)/"
  }

  /// Why CloudTrail cannot write into a trail's bucket; nothing when it can.
  func bucketProblem(of trail: CloudTrail.Trail) -> CloudTrail.BucketProblem? {
    bucketProblem(trail.settings.bucket, prefix: trail.settings.prefix, trail: trail.arn)
  }

  /// Source: CloudTrail User Guide, Amazon S3 bucket policy for CloudTrail.
  func bucketProblem(_ name: String, prefix: String?, trail: ARN) -> CloudTrail.BucketProblem? {
    guard let bucket = buckets[name] else { return .missing }
    let file = S3.arn("\(name)/\(logFolder(prefix))CloudTrail/\(trail.region)/file.json.gz")
    for (action, arn) in [("s3:GetBucketAcl", bucket.arn), ("s3:PutObject", file)] {
      let decision = serviceDecision(
        CloudTrail.principal, ActionName(action), on: arn, policy: bucket.policy,
        source: trail,
        action == "s3:PutObject" ? [("s3:x-amz-acl", "bucket-owner-full-control")] : [])
      if decision.verdict != .allowed { return .refused(decision) }
    }
    return nil
  }

  /// What a resource's own policy answers to a service that asks for itself.
  func serviceDecision(
    _ service: String, _ action: ActionName, on arn: ARN, policy: AttachedPolicy?, source: ARN,
    _ conditions: [(String, String)]
  ) -> Decision {
    var context = RequestContext()
    let pairs = [
      ("aws:SourceArn", source.description), ("aws:SourceAccount", account),
      ("aws:PrincipalServiceName", service), ("aws:PrincipalIsAWSService", "true"),
      ("aws:SecureTransport", "true"), ("aws:CurrentTime", now.zulu),
    ]
    for (key, value) in pairs + conditions { context[key] = [value] }
    var policies = PolicySet()
    policies.resource = policy
    if Organizations.underResourceControl.contains(action.service) {
      policies.resourceControl = organization.levels(.resourceControl)
    }
    return Decision.make(
      AccessQuestion(
        principal: Principal(kind: .service, account: "", arn: service), action: action,
        resources: [arn.description], context: context),
      policies: policies, rules: DecisionRules(resourceOwner: account))
  }
}

extension CloudTrail {
  package enum BucketProblem: Sendable {
    case missing
    case refused(Decision)

    /// The error of S3, as `get-trail-status` shows it.
    var code: String {
      switch self {
      case .missing: "NoSuchBucket"
      case .refused: "AccessDenied"
      }
    }
  }
}

extension Instant {
  /// `20260105T0905`
  fileprivate var compactMinute: String {
    let time = timeOfDay
    return date.filter { $0 != "-" } + "T" + time.prefix(2) + time.dropFirst(3).prefix(2)
  }
}
