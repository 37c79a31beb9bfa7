import API
import Policies
import Values

extension Cloud {
  /// The record of one row, in the fields and the order of CloudTrail's version 1.11.
  ///
  /// Source: CloudTrail User Guide, record contents; AWS KMS Developer Guide, log entries. Assumed:
  /// `invokedBy`, address and agent of what Kinesis asks KMS for, and the parameters of Kinesis's data
  /// events.
  package func record(of row: TrailRow) -> JSON {
    if let event = call(of: row) { return record(of: event, id: eventID(of: row)) }
    guard let service = service(of: row) else { return .null }
    return record(of: service, at: time(of: row), id: eventID(of: row))
  }

  /// The record on one line without a blank, as log files and log streams have it.
  package func text(of row: TrailRow) -> String { record(of: row).compact }

  private func record(of event: Event, id: String) -> JSON {
    let kind = event.operation.kind
    let isService = world.identities[event.call.session].principal.kind == .service
    var record = JSONObject([
      ("eventVersion", "1.11"), ("userIdentity", world.userIdentity(of: event.call)),
      ("eventTime", .string(event.at.zulu)), ("eventSource", .string(kind.source)),
      ("eventName", .string(kind.name)), ("awsRegion", .string(event.trailRegion.description)),
      ("sourceIPAddress", .string(address(of: event))), ("userAgent", .string(agent(of: event))),
    ])
    if let error = event.error?.error {
      record["errorCode"] = .string(error.trailCode)
      if !error.message.isEmpty { record["errorMessage"] = .string(Self.cut(error.message)) }
    }
    record["requestParameters"] = parameters(of: event)
    record["responseElements"] = answer(of: event)
    record["additionalEventData"] = additional(to: event)
    record["requestID"] = .string(world.eventNames.uuid(.request, UInt64(event.id)))
    record["eventID"] = .string(id)
    record["readOnly"] = .bool(kind.isReadOnly)
    let resources = resources(of: event)
    if !resources.isEmpty { record["resources"] = .array(resources.map(\.json)) }
    record["eventType"] = "AwsApiCall"
    record["managementEvent"] = .bool(!kind.isData)
    record["recipientAccountId"] = .string(world.account)
    if isShared(event) {
      record["sharedEventID"] = .string(world.eventNames.uuid(.shared, UInt64(event.id)))
    }
    if let endpoint = world.endpoint(of: event) {
      record["vpcEndpointId"] = .string(endpoint)
      record["vpcEndpointAccountId"] = .string(Account.home.id)
    }
    record["eventCategory"] = kind.isData ? "Data" : "Management"
    if event.call.via == nil, !isService { record["tlsDetails"] = tlsDetails(of: event) }
    return .object(record)
  }

  /// Source: AWS KMS Developer Guide, log entries of DeleteKey and RotateKey.
  private func record(of service: ServiceEvent, at time: Instant, id: String) -> JSON {
    let key = world.keys[service.key]
    var record = JSONObject([
      ("eventVersion", "1.11"),
      ("userIdentity", ["accountId": .string(world.account), "invokedBy": "AWS Internal"]),
      ("eventTime", .string(time.zulu)), ("eventSource", "kms.amazonaws.com"),
      ("eventName", .string(service.name)), ("awsRegion", .string(key.region.description)),
      ("sourceIPAddress", "AWS Internal"), ("userAgent", "AWS Internal"),
      ("requestParameters", .null), ("responseElements", .null), ("eventID", .string(id)),
      ("readOnly", false),
      (
        "resources",
        [EventResource(type: "AWS::KMS::Key", arn: key.arn, owner: world.account).json]
      ), ("eventType", "AwsServiceEvent"), ("managementEvent", true),
      ("recipientAccountId", .string(world.account)),
    ])
    record["serviceEventDetails"] = details(of: service, at: time)
    record["eventCategory"] = "Management"
    return .object(record)
  }

  private func details(of service: ServiceEvent, at time: Instant) -> JSON? {
    let key = world.keys[service.key]
    switch service {
    case .rotateKey(_, let asked):
      let due = key.materials.lastIndex { $0.rotated == time && $0.rotation == .automatic }
      guard let place = asked.map({ Int($0) }) ?? due, key.materials.indices.contains(place) else {
        return nil
      }
      let kind = asked == nil ? KMS.RotationKind.automatic : .onDemand
      var details = JSONObject([
        ("rotationType", .string(kind.rawValue)), ("keyOrigin", .string(key.origin.rawValue)),
      ])
      if place > 0 { details["previousKeyMaterialId"] = .string(key.materials[place - 1].id) }
      details["currentKeyMaterialId"] = .string(key.materials[place].id)
      details["keyId"] = .string(key.id)
      return .object(details)
    case .deleteExpiredKeyMaterial(_, let material):
      return ["keyId": .string(key.id), "keyMaterialId": .string(material)]
    case .deleteKey, .synchronizeMultiRegionKey: return nil
    }
  }

  /// Source: CloudTrail User Guide, record contents: error texts take at most 1 KB.
  static func cut(_ text: String) -> String {
    text.utf8.count <= 1024 ? text : String(decoding: text.utf8.prefix(1024), as: UTF8.self)
  }

  /// Whether another account has a record of the same call.
  private func isShared(_ event: Event) -> Bool {
    let principal = world.identities[event.call.session].principal
    guard principal.kind != .service, principal.kind != .anonymous else { return false }
    if principal.account != world.account { return true }
    // Of its own callers an account shares the record with whoever owns the resource.
    let owner = world.arn(of: event.subject)?.account ?? ""
    return !owner.isEmpty && owner != world.account && Account(id: owner) != nil
  }

  // MARK: From where

  /// The address of the lab's computer, or the service that called for somebody.
  func address(of event: Event) -> String {
    if event.call.via != nil { return ForwardedAccess.principal }
    let principal = world.identities[event.call.session].principal
    if principal.kind == .service { return principal.arn }
    return world.endpoint(of: event) == nil ? Endpoints.publicAddress : Endpoints.privateAddress
  }

  func agent(of event: Event) -> String { world.agent(of: event.call, event.operation) }

  private func tlsDetails(of event: Event) -> JSON {
    [
      "tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256",
      "clientProvidedHostHeader": .string(host(of: event)),
    ]
  }

  func host(of event: Event) -> String {
    let service = event.operation.kind.source.prefix { $0 != "." }
    switch event.operation.service {
    case "iam": return "iam.amazonaws.com"
    case "s3":
      let bucket = event.detail?.input["Bucket"]?.string.map { "\($0)." } ?? ""
      return "\(bucket)s3.\(event.call.region).amazonaws.com"
    // A global service's own host is that of the Region which its records stand in.
    default: return "\(service).\(event.trailRegion).amazonaws.com"
    }
  }
}

/// The fields of the lab's records.
package enum EventFields {
  /// In the order in which they stand.
  /// Source: CloudTrail User Guide, record contents.
  package static let all = [
    "eventVersion", "userIdentity", "eventTime", "eventSource", "eventName", "awsRegion",
    "sourceIPAddress", "userAgent", "errorCode", "errorMessage", "requestParameters",
    "responseElements", "additionalEventData", "requestID", "eventID", "readOnly", "resources",
    "eventType", "managementEvent", "recipientAccountId", "sharedEventID", "vpcEndpointId",
    "vpcEndpointAccountId", "serviceEventDetails", "eventCategory", "tlsDetails",
  ]
}

extension World {
  /// What a call says of the program it comes from: in its record, and as `aws:UserAgent`. A typed
  /// command comes from the command line, a workload from a program.
  func agent(of call: Call, _ id: OperationID?) -> String {
    if call.via != nil { return ForwardedAccess.principal }
    let principal = identities[call.session].principal
    if principal.kind == .service { return principal.arn }
    guard call.isTyped else { return EventAgents.program }
    if let command = call.origin.command { return EventAgents.agent(of: command) }
    return id.flatMap { EventAgents.commands[$0] } ?? EventAgents.commandLine
  }
}

enum EventAgents {
  /// The command line's, command by command.
  static let commands: [OperationID: String] = {
    let pairs = OperationID.allCases.map { id in
      let name = id.rawValue.split(separator: ":").last.map(String.init) ?? ""
      let service = commandNames[id.service] ?? id.service
      return (id, agent(of: "\(service).\(hyphenated(name))"))
    }
    return Dictionary(uniqueKeysWithValues: pairs)
  }()

  /// Source: AWS CLI, its own tests of the user agent: a composite command names itself.
  static func agent(of command: String) -> String { "\(commandLine) md/command#\(command)" }

  /// Services whose command is not their name in policies.
  private static let commandNames = ["s3": "s3api", "servicequotas": "service-quotas"]

  /// `generate-data-key` of `GenerateDataKey`, as the command line makes its names.
  private static func hyphenated(_ name: String) -> String {
    let letters = Array(name.utf8)
    func isCapital(_ place: Int) -> Bool {
      letters.indices.contains(place) && (0x41...0x5A).contains(letters[place])
    }
    var result: [UInt8] = []
    for (place, letter) in letters.enumerated() {
      let beginsWord = isCapital(place) && (!isCapital(place - 1) || !isCapital(place + 1))
      if place > 0, beginsWord, place + 1 < letters.count { result.append(UInt8(ascii: "-")) }
      result.append(isCapital(place) ? letter | 0x20 : letter)
    }
    return String(decoding: result, as: UTF8.self)
  }

  static let commandLine =
    "aws-cli/2.36.7 md/awscrt#0.31.0 ua/2.1 os/linux md/arch#x86_64 lang/python#3.14.0 "
    + "md/pyimpl#CPython cfg/retry-mode#standard md/installer#exe md/prompt#off"
  static let program =
    "aws-sdk-java/2.40.0 md/io#sync md/http#Apache ua/2.1 os/Linux lang/java#21.0.5"
}

extension ServiceError {
  /// The code in a record: denials lose their ending.
  /// Source: CloudTrail User Guide, error code and message log example.
  package var trailCode: String {
    switch self {
    case .accessDenied, .keyOfOtherAccount: return "AccessDenied"
    default:
      let code = code
      return code == "AccessDeniedException" ? "AccessDenied" : code
    }
  }

  /// Whether the call itself was not allowed; then its record does not say what was asked for.
  fileprivate var isDenial: Bool {
    switch self {
    case .accessDenied, .keyOfOtherAccount: true
    default: false
    }
  }
}

// MARK: What was asked and answered

extension Cloud {
  func parameters(of event: Event) -> JSON {
    if event.operation.service != "s3", event.error?.error.isDenial == true { return .null }
    guard let detail = event.detail else {
      let members = ownParameters(of: event)
      return members.isEmpty ? .null : .object(JSONObject(members))
    }
    var parameters =
      EventParameters.quoted(detail.input, detail.operation.input)?.object ?? JSONObject()
    for (name, value) in EventExtras.of(event.operation).defaults where parameters[name] == nil {
      parameters[name] = value
    }
    if event.operation == .listObjects { parameters = asQueried(parameters) }
    if event.operation.service == "s3" { parameters = bucketFirst(parameters, host(of: event)) }
    return parameters.isEmpty ? .null : .object(parameters)
  }

  /// Source: Amazon S3 User Guide, CloudTrail log file entries.
  private func bucketFirst(_ parameters: JSONObject, _ host: String) -> JSONObject {
    var result = JSONObject()
    // What version of the list is asked for stands in front of the bucket.
    result["list-type"] = parameters["list-type"]
    result["bucketName"] = parameters["bucket"]
    result["Host"] = .string(host)
    for member in parameters.members where member.name != "bucket" {
      result[member.name] = member.value
    }
    return result
  }

  /// The members of ListObjectsV2 as the query of its address has them.
  /// Source: Amazon S3 API Reference, ListObjectsV2, and a published record of `aws s3 ls`.
  private func asQueried(_ parameters: JSONObject) -> JSONObject {
    var result = JSONObject([("list-type", "2"), ("encoding-type", "url")])
    for member in parameters.members where member.name != "encodingType" {
      result[Self.queryNames[member.name] ?? member.name] =
        member.value.integer.map { .string(String($0)) } ?? member.value
    }
    return result
  }

  private static let queryNames = [
    "maxKeys": "max-keys", "continuationToken": "continuation-token", "fetchOwner": "fetch-owner",
    "startAfter": "start-after",
  ]

  /// What a service asked another one for, or a program a service: calls that came without JSON.
  private func ownParameters(of event: Event) -> [(String, JSON)] {
    var members: [(String, JSON)] = []
    if let via = event.call.via, event.operation != .describeKey {
      let pairs = world.streams[via.stream].context.pairs
      let context = JSONObject(pairs.map { ($0.key, .string($0.value)) })
      members.append(("encryptionContext", .object(context)))
    }
    switch event.operation {
    case .generateDataKey, .describeKey:
      if let arn = world.arn(of: event.subject) {
        members.append(("keyId", .string(arn.description)))
      } else if let asked = self.event(numbered: event.call.parent)?.detail?.input["KeyId"] {
        // There is no such key: as the call named it that this one serves.
        members.append(("keyId", asked))
      }
      if event.operation == .generateDataKey { members.append(("keySpec", "AES_256")) }
    case .decrypt: members.append(("encryptionAlgorithm", "SYMMETRIC_DEFAULT"))
    case .putRecord, .putRecords, .getRecords: members += streamParameters(of: event)
    default: break
    }
    return members
  }

  private func streamParameters(of event: Event) -> [(String, JSON)] {
    guard case .stream(let slot) = event.subject else { return [] }
    let stream = world.streams[slot]
    var members: [(String, JSON)] = [("streamName", .string(stream.name))]
    if event.operation == .putRecord, case .stored(_, let shard, let record, _) = event.effect,
      stream.everyShard.indices.contains(Int(shard))
    {
      let key = stream.everyShard[Int(shard)].partitionKey(of: Int(record))
      members.append(("partitionKey", .string(key)))
    }
    return members
  }

  func answer(of event: Event) -> JSON {
    guard event.error == nil else { return .null }
    let extras = EventExtras.of(event.operation)
    var answer = JSONObject()
    if let detail = event.detail, let response = detail.response {
      answer = EventParameters.quoted(response, detail.operation.output)?.object ?? JSONObject()
    } else if event.operation == .putRecord {
      answer = JSONObject(storedAnswer(of: event))
    }
    if extras.answersKey, let key = keys(of: event).first {
      answer["keyId"] = .string(key.description)
    }
    return answer.isEmpty ? .null : .object(answer)
  }

  /// What a program was answered that put one record.
  private func storedAnswer(of event: Event) -> [(String, JSON)] {
    guard case .stored(let slot, let shard, let record, _) = event.effect,
      world.streams[slot].everyShard.indices.contains(Int(shard))
    else { return [] }
    let found = world.streams[slot].everyShard[Int(shard)]
    return [
      ("shardId", .string(found.id)),
      ("sequenceNumber", .string(found.sequenceNumber(of: Int(record)).description)),
      ("encryptionType", found[Int(record)].isEncrypted ? "KMS" : "NONE"),
    ]
  }

  private func additional(to event: Event) -> JSON? {
    guard event.error == nil, event.operation.service == "kms" else { return nil }
    if event.operation == .reEncrypt {
      guard case .wrapped(let to, let material, _) = event.effect,
        case .key(let from) = event.subject,
        let blob = KMS.CiphertextBlob(event.detail?.input.blob("CiphertextBlob") ?? [])
      else { return nil }
      return [
        "destinationKeyMaterialId": .string(world.keys[to].materials[Int(material)].id),
        "sourceKeyMaterialId": .string(world.keys[from].materials[blob.material].id),
      ]
    }
    switch event.effect {
    case .wrapped(let key, let material, _), .unwrapped(let key, let material, _):
      return ["keyMaterialId": .string(world.keys[key].materials[Int(material)].id)]
    case .none, .named, .stored, .read: return nil
    }
  }
}
