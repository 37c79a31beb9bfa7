import Policies
import Values

extension CloudTrail {
  /// Where an event is, as one trail has it, or why it is not there.
  package enum Whereabouts: Sendable {
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
    /// A field of an advanced selector does not fit.
    case field(String)
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
    let kind = call(of: row)?.operation.kind
    if kind?.isGlobal == true {
      if !segment.settings.includesGlobal { return .globalExcluded }
    } else if !segment.settings.isMultiRegion, region(of: row) != home {
      return .otherRegion(region(of: row), home: home)
    }
    let arn = call(of: row).flatMap { resources(of: $0).first?.arn } ?? ""
    return segment.selection.refusal(of: kind, on: arn)
  }
}

extension CloudTrail.Selection {
  /// Why an event is not selected that is not; of a service's own event `kind` is nothing.
  fileprivate func refusal(of kind: EventKind?, on arn: String) -> CloudTrail.Whereabouts {
    let isData = kind?.isData ?? false
    let isReadOnly = kind?.isReadOnly ?? false
    let source = kind?.source ?? "kms.amazonaws.com"
    let type = kind?.dataType ?? ""
    switch form {
    case .basic(let selectors):
      if isData {
        let asks = selectors.contains { $0.dataResources.contains { $0.type == type } }
        return asks ? .otherResource(arn) : .dataEvent(type: type)
      }
      let management = selectors.filter(\.includesManagement)
      if management.isEmpty { return .managementExcluded }
      let covering = management.filter { $0.readWrite.covers(isReadOnly: isReadOnly) }
      if covering.isEmpty {
        return .readWrite(management[0].readWrite, isReadOnly: isReadOnly)
      }
      return .excludedSource(source)
    case .advanced(let selectors):
      let category = isData ? "Data" : "Management"
      let meant = selectors.filter {
        $0.field("eventCategory")?.equals == [category]
          && (!isData || $0.field("resources.type")?.equals == [type])
      }
      guard !meant.isEmpty else { return isData ? .dataEvent(type: type) : .managementExcluded }
      for selector in meant {
        if let field = selector.field("eventSource"), !field.covers(source) {
          return .excludedSource(source)
        }
        if let field = selector.field("resources.ARN"), !field.covers(arn) {
          return .otherResource(arn)
        }
        if let field = selector.field("readOnly"), !field.covers(isReadOnly ? "true" : "false") {
          return .readWrite(isReadOnly ? .writeOnly : .readOnly, isReadOnly: isReadOnly)
        }
      }
      let others = ["eventName", "userIdentity.arn", "eventType", "sessionCredentialFromConsole"]
      return .field(others.first { meant[0].field($0) != nil } ?? "eventName")
    }
  }
}
