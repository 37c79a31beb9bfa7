import Policies
import Values

extension CloudTrail {
  /// Replaces what a trail selects.
  ///
  /// Source: CloudTrail API Reference, PutEventSelectors, EventSelector, AdvancedFieldSelector. The
  /// texts of InvalidEventSelectorsException are assumed.
  struct PutEventSelectors: TrailOperation {
    static let id = OperationID.putEventSelectors
    var trail: TrailReference
    var basic: JSON?
    var advanced: JSON?

    init(_ input: JSON) throws(ServiceError) {
      trail = TrailReference(text: input.text("TrailName"))
      basic = input["EventSelectors"]
      advanced = input["AdvancedEventSelectors"]
    }

    func validate() throws(ServiceError) {
      switch (basic, advanced) {
      case (nil, nil):
        throw .selectors("Specify EventSelectors or AdvancedEventSelectors.")
      case (_?, _?):
        throw .selectors(
          "EventSelectors and AdvancedEventSelectors exclude each other: specify one of them.")
      case (let basic?, nil): try SelectorCheck.basic(basic.array ?? [])
      case (nil, let advanced?): try SelectorCheck.advanced(advanced.array ?? [])
      }
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let (slot, trail) = try permit.trail(trail, in: cloud)
      let selection =
        advanced.map { Selection(advanced: $0) } ?? Selection(basic: basic ?? .array([]))
      let (name, value) = selection.json
      cloud.world.trails.change(slot, noting: "selects \(value.line)") {
        $0.selection = selection
        $0.hasCustomSelectors = !selection.isUsual
      }
      cloud.beginSegment(of: slot, includingThisCall: false)
      return .object(
        JSONObject([("TrailARN", .string(trail.arn.description)), (name, value)]))
    }
  }

  struct GetEventSelectors: TrailOperation {
    static let id = OperationID.getEventSelectors
    static let isAtHome = false
    var trail: TrailReference

    init(_ input: JSON) throws(ServiceError) {
      trail = TrailReference(text: input.text("TrailName"))
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let trail = try permit.trail(trail, in: cloud).trail
      let (name, value) = trail.selection.json
      return .object(
        JSONObject([("TrailARN", .string(trail.arn.description)), (name, value)]))
    }
  }
}

extension CloudTrail.Selection {
  /// Whether it takes what a new trail takes.
  package var isUsual: Bool { form == CloudTrail.Selection.usual.form }
}

extension ServiceError {
  fileprivate static func selectors(_ text: String) -> ServiceError {
    .trail("InvalidEventSelectorsException", text)
  }
}

/// The rules for selectors that the model does not state.
private enum SelectorCheck {
  /// Source: CloudTrail API Reference, EventSelector.
  private static let excludable = ["kms.amazonaws.com", "rdsdata.amazonaws.com"]
  /// Source: CloudTrail API Reference, DataResource.
  private static let basicTypes = [
    "AWS::S3::Object", "AWS::Lambda::Function", "AWS::DynamoDB::Table",
  ]
  /// Source: CloudTrail User Guide, logging data events; those that the lab can have events of, and
  /// the best known others.
  private static let advancedTypes =
    basicTypes + [
      "AWS::Kinesis::Stream", "AWS::Kinesis::StreamConsumer", "AWS::CloudWatch::Metric",
      "AWS::CloudTrail::Channel", "AWS::DynamoDB::Stream", "AWS::KinesisVideo::Stream",
      "AWS::S3::AccessPoint", "AWS::SNS::Topic", "AWS::SQS::Queue", "AWS::SSM::ManagedNode",
    ]
  private static let categories = ["Management", "Data", "NetworkActivity"]
  private static let managementFields = [
    "eventCategory", "readOnly", "eventSource", "eventName", "eventType", "userIdentity.arn",
    "sessionCredentialFromConsole",
  ]
  private static let dataFields = managementFields + ["resources.type", "resources.ARN"]

  static func basic(_ list: [JSON]) throws(ServiceError) {
    guard (1...CloudTrail.Limits.selectors).contains(list.count) else {
      throw .selectors(
        "A trail has 1 to \(CloudTrail.Limits.selectors) event selectors; \(list.count) were given."
      )
    }
    var resources = 0
    for selector in list {
      let excluded = selector.texts("ExcludeManagementEventSources")
      for source in excluded where !excludable.contains(source) {
        throw .selectors(
          "\(source) cannot be excluded; the sources that can are "
            + "\(excludable.joined(separator: " and ")).")
      }
      if !excluded.isEmpty, selector["IncludeManagementEvents"] == .bool(false) {
        throw .selectors(
          "ExcludeManagementEventSources needs IncludeManagementEvents to be true.")
      }
      for resource in selector["DataResources"]?.array ?? [] {
        let type = resource.text("Type")
        guard basicTypes.contains(type) else {
          throw .selectors(
            "\(type) is no type of a basic event selector, which takes "
              + "\(basicTypes.joined(separator: ", ")); use advanced event selectors.")
        }
        resources += resource.texts("Values").count
      }
    }
    if resources > CloudTrail.Limits.dataResources {
      throw .selectors(
        "A trail has at most \(CloudTrail.Limits.dataResources) data resources; \(resources) were "
          + "given.")
    }
  }

  static func advanced(_ list: [JSON]) throws(ServiceError) {
    guard !list.isEmpty else { throw .selectors("A trail has at least one event selector.") }
    var values = 0
    for selector in list {
      let fields = (selector["FieldSelectors"]?.array ?? []).map { CloudTrail.FieldSelector($0) }
      try advanced(fields)
      values += fields.reduce(0) { $0 + $1.valueCount }
    }
    if values > CloudTrail.Limits.fieldValues {
      throw .selectors(
        "Advanced event selectors have at most \(CloudTrail.Limits.fieldValues) values together; "
          + "\(values) were given.")
    }
  }

  private static func advanced(_ fields: [CloudTrail.FieldSelector]) throws(ServiceError) {
    guard let category = fields.first(where: { $0.field == "eventCategory" }) else {
      throw .selectors("An advanced event selector needs the field eventCategory.")
    }
    guard category.equals.count == 1, category.valueCount == 1,
      categories.contains(category.equals[0])
    else {
      throw .selectors(
        "eventCategory is Equals with one of \(categories.joined(separator: ", ")).")
    }
    let isManagement = category.equals[0] == "Management"
    let known = isManagement ? managementFields : dataFields
    for (place, field) in fields.enumerated() {
      guard known.contains(field.field) else {
        let near = NearNames.of(field.field, among: known)
        throw .selectors(
          "\(field.field) is no field for \(category.equals[0]) events"
            + (near.isEmpty ? "" : "; did you mean \(near[0])?"))
      }
      guard !fields[..<place].contains(where: { $0.field == field.field }) else {
        throw .selectors("The field \(field.field) stands twice in one selector.")
      }
      guard field.valueCount > 0 else {
        throw .selectors("The field \(field.field) has no operator with a value.")
      }
      try check(field, isManagement)
    }
    if category.equals[0] == "Data", !fields.contains(where: { $0.field == "resources.type" }) {
      throw .selectors("A selector for data events needs the field resources.type.")
    }
  }

  private static func check(_ field: CloudTrail.FieldSelector, _ isManagement: Bool)
    throws(ServiceError)
  {
    let isPlain = field.equals.count == 1 && field.valueCount == 1
    switch field.field {
    case "readOnly":
      guard isPlain, ["true", "false"].contains(field.equals[0]) else {
        throw .selectors("readOnly is Equals with true or false.")
      }
    case "resources.type":
      guard isPlain else { throw .selectors("resources.type is Equals with one type.") }
      guard advancedTypes.contains(field.equals[0]) else {
        let near = NearNames.of(field.equals[0], among: advancedTypes)
        throw .selectors(
          "\(field.equals[0]) is no type of resource that data events have"
            + (near.isEmpty ? "" : "; did you mean \(near[0])?"))
      }
    case "eventSource" where isManagement:
      guard field.notEquals.count == field.valueCount,
        field.notEquals.allSatisfy({ excludable.contains($0) })
      else {
        throw .selectors(
          "For management events eventSource is NotEquals with "
            + "\(excludable.joined(separator: " or ")).")
      }
    default: return
    }
  }
}
