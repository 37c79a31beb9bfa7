import Policies
import Values

extension CloudTrail {
  /// Source: CloudTrail API Reference, EventSelector.
  package struct BasicSelector: Hashable, Sendable {
    package enum ReadWrite: String, CaseIterable, Hashable, Sendable {
      case readOnly = "ReadOnly"
      case writeOnly = "WriteOnly"
      case all = "All"

      func covers(isReadOnly: Bool) -> Bool {
        switch self {
        case .all: true
        case .readOnly: isReadOnly
        case .writeOnly: !isReadOnly
        }
      }
    }

    package struct DataResource: Hashable, Sendable {
      package let type: String
      package let values: [String]

      /// A bucket's ARN with a slash covers its objects, `arn:aws:s3` all of them.
      func covers(_ arn: String) -> Bool {
        values.contains { $0 == "arn:aws:s3" || $0 == "arn:aws:s3:::" || arn.hasPrefix($0) }
      }
    }

    package var readWrite = ReadWrite.all
    package var includesManagement = true
    package var dataResources: [DataResource] = []
    package var excludedSources: [String] = []
  }

  /// Source: CloudTrail API Reference, AdvancedFieldSelector.
  package struct FieldSelector: Hashable, Sendable {
    package let field: String
    package let equals: [String]
    package let startsWith: [String]
    package let endsWith: [String]
    package let notEquals: [String]
    package let notStartsWith: [String]
    package let notEndsWith: [String]

    var valueCount: Int {
      equals.count + startsWith.count + endsWith.count + notEquals.count + notStartsWith.count
        + notEndsWith.count
    }

    func covers(_ value: String) -> Bool {
      let wanted = equals + startsWith + endsWith
      let isWanted =
        wanted.isEmpty || equals.contains(value) || startsWith.contains { value.hasPrefix($0) }
        || endsWith.contains { value.hasSuffix($0) }
      return isWanted && !notEquals.contains(value)
        && !notStartsWith.contains { value.hasPrefix($0) }
        && !notEndsWith.contains { value.hasSuffix($0) }
    }
  }

  package struct AdvancedSelector: Hashable, Sendable {
    package let name: String?
    package let fields: [FieldSelector]

    package func field(_ name: String) -> FieldSelector? { fields.first { $0.field == name } }
  }

  /// Which events a trail takes. An event is taken when any of the selectors covers it.
  package struct Selection: Hashable, Sendable {
    package enum Form: Hashable, Sendable {
      case basic([BasicSelector])
      case advanced([AdvancedSelector])
    }

    /// What an operation alone says.
    enum Verdict: Hashable, Sendable { case no, yes, byResource }

    package let form: Form
    /// By the operation's index, so that most events cost one look.
    private let verdicts: [Verdict]
    /// The names of what services do by themselves that it takes.
    private let serviceEvents: Set<String>

    /// What a new trail takes: management events, reads and writes.
    package static let usual = Selection(.basic([BasicSelector()]))

    init(_ form: Form) {
      self.form = form
      verdicts = OperationID.allCases.map { Self.verdict(for: $0.kind, form) }
      serviceEvents = Set(
        ServiceEvent.names.filter { name in
          Self.covers(form, Facts(service: name)) { _ in "" }
        })
    }

    func takes(service name: String) -> Bool { serviceEvents.contains(name) }

    func verdict(for id: OperationID) -> Verdict { verdicts[id.index] }

    /// Whether it takes an operation, at least where the resource fits.
    package func takes(_ operation: String) -> Bool {
      OperationID(rawValue: operation).map { verdict(for: $0) != .no } ?? false
    }

    private static func verdict(for kind: EventKind, _ form: Form) -> Verdict {
      let facts = Facts(kind)
      if !Self.covers(form, facts, { _ in nil }) { return .no }
      var asked = false
      let isCertain = Self.covers(form, facts) { _ in
        asked = true
        return ""
      }
      return isCertain && !asked ? .yes : .byResource
    }

    /// Whether the whole event is covered, its resource and its caller included.
    func takes(_ event: Event, in cloud: Cloud) -> Bool {
      Self.covers(form, Facts(event.operation.kind)) { field in
        switch field {
        case "resources.ARN": cloud.resources(of: event).first?.arn ?? ""
        case "userIdentity.arn": cloud.world.identities[event.call.session].principal.arn
        default: ""
        }
      }
    }

    /// What selectors look at that the operation settles.
    struct Facts {
      var isData: Bool
      var isReadOnly: Bool
      var source: String
      var name: String
      var type: String
      var dataType: String

      init(
        isData: Bool, isReadOnly: Bool, source: String, name: String, type: String,
        dataType: String
      ) {
        self.isData = isData
        self.isReadOnly = isReadOnly
        self.source = source
        self.name = name
        self.type = type
        self.dataType = dataType
      }

      /// What a service does by itself.
      init(service name: String) {
        self.init(
          isData: false, isReadOnly: false, source: "kms.amazonaws.com", name: name,
          type: "AwsServiceEvent", dataType: "")
      }

      init(_ kind: EventKind) {
        self.init(
          isData: kind.isData, isReadOnly: kind.isReadOnly, source: kind.source, name: kind.name,
          type: "AwsApiCall", dataType: kind.dataType)
      }

      /// Nothing for a field that only the event itself settles.
      package func value(_ field: String) -> String? {
        switch field {
        case "eventCategory": isData ? "Data" : "Management"
        case "readOnly": isReadOnly ? "true" : "false"
        case "eventSource": source
        case "eventName": name
        case "eventType": type
        case "resources.type": dataType
        case "sessionCredentialFromConsole": "false"
        default: nil
        }
      }
    }

    /// `look` gives the fields that only the event settles; where it gives nothing they count as
    /// fitting.
    private static func covers(_ form: Form, _ facts: Facts, _ look: (String) -> String?) -> Bool {
      // Events without a type of resource have no selector that could name them.
      if facts.isData, facts.dataType.isEmpty { return false }
      switch form {
      case .basic(let selectors):
        return selectors.contains { selector in
          guard selector.readWrite.covers(isReadOnly: facts.isReadOnly) else { return false }
          guard facts.isData else {
            return selector.includesManagement && !selector.excludedSources.contains(facts.source)
          }
          return selector.dataResources.contains { resource in
            resource.type == facts.dataType
              && (look("resources.ARN").map { resource.covers($0) } ?? true)
          }
        }
      case .advanced(let selectors):
        return selectors.contains { selector in
          selector.fields.allSatisfy { field in
            (facts.value(field.field) ?? look(field.field)).map { field.covers($0) } ?? true
          }
        }
      }
    }
  }
}

// MARK: What would take more

extension CloudTrail.Selection {
  /// Whether it takes any management event at all.
  package var takesManagement: Bool {
    OperationID.allCases.contains { !$0.kind.isData && verdict(for: $0) != .no }
  }

  /// Whether selectors that ask for data events of a type take them of some resources alone.
  package func namesResources(ofType type: String) -> Bool {
    guard case .advanced(let selectors) = form else { return true }
    let meant = selectors.filter { $0.field("resources.type")?.equals.contains(type) ?? false }
    return meant.allSatisfy { $0.field("resources.ARN") != nil }
  }

  /// Advanced selectors that take what this one takes, and all data events of a type besides: what
  /// `put-event-selectors` replaces must be given again.
  package func adding(dataType type: String) -> JSON {
    func equals(_ field: String, _ values: [String]) -> JSON {
      ["Field": .string(field), "Equals": .texts(values)]
    }
    func selector(_ fields: [JSON]) -> JSON { ["FieldSelectors": .array(fields)] }
    let new = selector([equals("eventCategory", ["Data"]), equals("resources.type", [type])])
    guard case .basic(let selectors) = form else {
      return .array((json.value.array ?? []) + [new])
    }
    var list: [JSON] = []
    for basic in selectors {
      let readOnly: [JSON] =
        basic.readWrite == .all
        ? [] : [equals("readOnly", [basic.readWrite == .readOnly ? "true" : "false"])]
      if basic.includesManagement {
        let excluded: [JSON] =
          basic.excludedSources.isEmpty
          ? [] : [["Field": "eventSource", "NotEquals": .texts(basic.excludedSources)]]
        list.append(selector([equals("eventCategory", ["Management"])] + readOnly + excluded))
      }
      for resource in basic.dataResources {
        let isAll = resource.values.contains { $0 == "arn:aws:s3" || $0 == "arn:aws:s3:::" }
        let arns: [JSON] =
          isAll
          ? [] : [["Field": "resources.ARN", "StartsWith": .texts(resource.values)]]
        list.append(
          selector(
            [equals("eventCategory", ["Data"]), equals("resources.type", [resource.type])]
              + readOnly + arns))
      }
    }
    return .array(list + [new])
  }
}

// MARK: As API input and output

extension CloudTrail.Selection {
  init(basic list: JSON) {
    self.init(
      .basic(
        (list.array ?? []).map { selector in
          CloudTrail.BasicSelector(
            readWrite: selector.optionalText("ReadWriteType").flatMap {
              CloudTrail.BasicSelector.ReadWrite(rawValue: $0)
            } ?? .all,
            includesManagement: selector["IncludeManagementEvents"]?.bool ?? true,
            dataResources: (selector["DataResources"]?.array ?? []).map {
              .init(type: $0.text("Type"), values: $0.texts("Values"))
            },
            excludedSources: selector.texts("ExcludeManagementEventSources"))
        }))
  }

  init(advanced list: JSON) {
    self.init(
      .advanced(
        (list.array ?? []).map { selector in
          CloudTrail.AdvancedSelector(
            name: selector.optionalText("Name"),
            fields: (selector["FieldSelectors"]?.array ?? []).map { CloudTrail.FieldSelector($0) })
        }))
  }

  /// The member and its value, as `get-event-selectors` prints it.
  var json: (name: String, value: JSON) {
    switch form {
    case .basic(let selectors):
      (
        "EventSelectors",
        .array(
          selectors.map { selector in
            [
              "ReadWriteType": .string(selector.readWrite.rawValue),
              "IncludeManagementEvents": .bool(selector.includesManagement),
              "DataResources": .array(
                selector.dataResources.map {
                  ["Type": .string($0.type), "Values": .texts($0.values)]
                }),
              "ExcludeManagementEventSources": .texts(selector.excludedSources),
            ]
          })
      )
    case .advanced(let selectors):
      (
        "AdvancedEventSelectors",
        .array(
          selectors.map { selector in
            var object = JSONObject()
            object["Name"] = selector.name.map { .string($0) }
            object["FieldSelectors"] = .array(selector.fields.map(\.json))
            return .object(object)
          })
      )
    }
  }
}

extension CloudTrail.FieldSelector {
  init(_ input: JSON) {
    self.init(
      field: input.text("Field"), equals: input.texts("Equals"),
      startsWith: input.texts("StartsWith"), endsWith: input.texts("EndsWith"),
      notEquals: input.texts("NotEquals"), notStartsWith: input.texts("NotStartsWith"),
      notEndsWith: input.texts("NotEndsWith"))
  }

  fileprivate var json: JSON {
    var object = JSONObject([("Field", .string(field))])
    let operators = [
      ("Equals", equals), ("StartsWith", startsWith), ("EndsWith", endsWith),
      ("NotEquals", notEquals), ("NotStartsWith", notStartsWith), ("NotEndsWith", notEndsWith),
    ]
    for (name, values) in operators where !values.isEmpty { object[name] = .texts(values) }
    return .object(object)
  }
}

extension JSON {
  /// A member that is a list of strings.
  func texts(_ name: String) -> [String] { (self[name]?.array ?? []).compactMap(\.string) }

  static func texts(_ texts: [String]) -> JSON { .array(texts.map { .string($0) }) }
}
