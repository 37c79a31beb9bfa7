import Policies
import Values

extension CloudTrail {
  /// Where an event is, as one trail has it, or why it is not there.
  package indirect enum Whereabouts: Sendable {
    /// It is an affair of another account, whose trail has it.
    case otherAccount(String)
    /// It was made before the trail first logged.
    case beforeLogging
    case notLogging(since: Instant)
    case otherRegion(Region, home: Region)
    case globalExcluded
    /// A data event, and no selector asks for events of that type of resource.
    case dataEvent(type: String)
    /// A data event of another resource than the selectors name, by its ARN.
    case otherResource(String)
    case excludedSource(String)
    case readWrite(BasicSelector.ReadWrite, isReadOnly: Bool)
    case managementExcluded
    /// Each of these keeps it out.
    case several([Whereabouts])
    /// Of each advanced selector for such events the first field that the event does not fit.
    case fields([Misfit])
    case waiting(until: Instant)
    /// The bucket does not take it: the error of the last try.
    case failing(String, until: Instant)
    case delivered(at: Instant, bucket: String, file: File)
  }
}

extension Cloud {
  /// When trails next bring what they have.
  package var nextDelivery: Instant {
    let length = CloudTrail.deliveryTime.milliseconds
    return Instant(milliseconds: (world.now.milliseconds / length + 1) * length)
  }

  package func whereabouts(of row: TrailRow, in trail: CloudTrail.Trail) -> CloudTrail.Whereabouts {
    guard isRecorded(row, in: .home) else { return .otherAccount(Account.partner.id) }
    guard let segment = trail.segment(for: row) else { return .beforeLogging }
    guard segment.isLogging else { return .notLogging(since: segment.at) }
    guard takes(segment, row, home: trail.home) else {
      return refusal(segment, row, home: trail.home)
    }
    let region = region(of: row)
    for delivery in trail.files.deliveries where holds(delivery, row) {
      if let file = delivery.files.first(where: { $0.region == region }) {
        return .delivered(at: delivery.at, bucket: delivery.target, file: file)
      }
    }
    if let error = trail.files.error { return .failing(error, until: nextDelivery) }
    return .waiting(until: nextDelivery)
  }

  private func holds(_ delivery: CloudTrail.Delivery, _ row: TrailRow) -> Bool {
    let place = Int(row.isCall ? row.place : ~row.place)
    return row.isCall
      ? (delivery.from.event..<max(delivery.from.event, delivery.to.event)).contains(place)
      : (delivery.from.happening..<max(delivery.from.happening, delivery.to.happening))
        .contains(place)
  }

  /// Why a segment does not take a row.
  private func refusal(_ segment: CloudTrail.Segment, _ row: TrailRow, home: Region)
    -> CloudTrail.Whereabouts
  {
    let event = call(of: row)
    if event?.operation.kind.isGlobal == true {
      if !segment.settings.includesGlobal { return .globalExcluded }
      if !segment.settings.isMultiRegion, home != .usEast1 {
        return .otherRegion(.usEast1, home: home)
      }
    } else if !segment.settings.isMultiRegion, region(of: row) != home {
      return .otherRegion(region(of: row), home: home)
    }
    let arn = event.flatMap { resources(of: $0).first?.arn } ?? ""
    let caller = event.map { world.identities[$0.call.session].principal.arn } ?? ""
    let facts =
      event.map { CloudTrail.Selection.Facts($0.operation.kind) }
      ?? CloudTrail.Selection.Facts(service: service(of: row)?.name ?? "")
    return segment.selection.refusal(of: facts, on: arn, by: caller)
  }

  // MARK: The log group

  package func logWhereabouts(of row: TrailRow, in trail: CloudTrail.Trail)
    -> CloudTrail.LogWhereabouts?
  {
    guard takes(trail, row) else { return nil }
    for delivery in trail.logs.deliveries where holds(delivery, row) {
      return .delivered(
        at: delivery.at, group: GroupReference(text: delivery.target).name,
        stream: trailLogStream(of: region(of: row)))
    }
    guard let arn = trail.settings.logGroup else { return nil }
    let group = GroupReference(text: arn).name
    let cursor = trail.logs.cursor
    let isDone =
      row.isCall ? Int(row.place) < cursor.event : Int(~row.place) < cursor.happening
    if isDone { return .missed(group: group) }
    if let error = trail.logs.error {
      return .failing(error, group: group, role: trail.settings.role ?? "", until: nextDelivery)
    }
    return .waiting(group: group, until: nextDelivery)
  }
}

extension CloudTrail {
  /// Where an event that a trail takes is on its way into the trail's log group.
  package enum LogWhereabouts: Hashable, Sendable {
    /// The trail wrote to no log group when the event was due.
    case missed(group: String)
    case waiting(group: String, until: Instant)
    /// CloudTrail could not write: the error of the last try.
    case failing(String, group: String, role: String, until: Instant)
    case delivered(at: Instant, group: String, stream: String)
  }

  /// A field of a selector that an event does not fit.
  package struct Misfit: Hashable, Sendable {
    /// The selector's name, or its number, the first being 1.
    package let selector: String
    package let field: FieldSelector
    package let found: String
  }
}

extension CloudTrail.Selection {
  /// Why an event is not selected that is not.
  fileprivate func refusal(of facts: Facts, on arn: String, by caller: String)
    -> CloudTrail.Whereabouts
  {
    switch form {
    case .basic(let selectors):
      if facts.isData {
        let asks = selectors.filter { $0.dataResources.contains { $0.type == facts.dataType } }
        if asks.isEmpty { return .dataEvent(type: facts.dataType) }
        let covering = asks.filter {
          $0.dataResources.contains { $0.type == facts.dataType && $0.covers(arn) }
        }
        if let first = covering.first {
          return .readWrite(first.readWrite, isReadOnly: facts.isReadOnly)
        }
        return .otherResource(arn)
      }
      let management = selectors.filter(\.includesManagement)
      if management.isEmpty { return .managementExcluded }
      let covering = management.filter { $0.readWrite.covers(isReadOnly: facts.isReadOnly) }
      guard covering.isEmpty else { return .excludedSource(facts.source) }
      let wrongKind = CloudTrail.Whereabouts.readWrite(
        management[0].readWrite, isReadOnly: facts.isReadOnly)
      return management.allSatisfy { $0.excludedSources.contains(facts.source) }
        ? .several([wrongKind, .excludedSource(facts.source)]) : wrongKind
    case .advanced(let selectors):
      let category = facts.isData ? "Data" : "Management"
      let meant = selectors.enumerated().filter { _, selector in
        selector.field("eventCategory")?.equals == [category]
          && (!facts.isData || selector.field("resources.type")?.equals == [facts.dataType])
      }
      guard !meant.isEmpty else {
        return facts.isData ? .dataEvent(type: facts.dataType) : .managementExcluded
      }
      let misfits = meant.compactMap { place, selector -> CloudTrail.Misfit? in
        for field in selector.fields {
          let found =
            facts.value(field.field)
            ?? (field.field == "resources.ARN"
              ? arn : field.field == "userIdentity.arn" ? caller : "")
          if !field.covers(found) {
            return CloudTrail.Misfit(
              selector: selector.name ?? "selector \(place + 1)", field: field, found: found)
          }
        }
        return nil
      }
      guard misfits.count == 1, let only = misfits.first else { return .fields(misfits) }
      switch only.field.field {
      case "eventSource": return .excludedSource(facts.source)
      case "resources.ARN": return .otherResource(arn)
      case "readOnly":
        return .readWrite(
          facts.isReadOnly ? .writeOnly : .readOnly, isReadOnly: facts.isReadOnly)
      default: return .fields(misfits)
      }
    }
  }
}
