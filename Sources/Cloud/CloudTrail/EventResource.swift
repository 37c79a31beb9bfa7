import Values

/// A resource of a record.
package struct EventResource: Hashable, Sendable {
  package let type: String
  package let arn: String
  let owner: String
  /// The name by which event history finds it, where that is not the ARN.
  package let name: String

  init(type: String, arn: ARN, owner: String, name: String? = nil) {
    self.type = type
    self.arn = arn.description
    self.owner = owner
    self.name = name ?? arn.description
  }

  /// An element of `resources`.
  var json: JSON { ["accountId": .string(owner), "type": .string(type), "ARN": .string(arn)] }
}

extension Cloud {
  /// The elements of a record's `resources`. Services differ in what they name there: KMS its keys,
  /// STS the role, S3 bucket and object, Kinesis the stream of a data event.
  func resources(of event: Event) -> [EventResource] {
    let kind = event.operation.kind
    func resource(_ type: String, _ arn: ARN) -> EventResource {
      EventResource(
        type: type, arn: arn, owner: arn.account.isEmpty ? world.account : arn.account)
    }
    switch event.operation.service {
    case "kms":
      if event.error?.error.trailCode == "AccessDenied" { return [] }
      return keys(of: event).map { resource("AWS::KMS::Key", $0) }
    case "kinesis":
      guard kind.isData, case .stream(let slot) = event.subject else { return [] }
      return [resource(kind.dataType, world.streams[slot].arn)]
    case "sts":
      guard event.error == nil, event.operation == .assumeRole, case .named(let arn) = event.subject
      else { return [] }
      return [resource("AWS::IAM::Role", arn)]
    case "s3":
      guard let bucket = event.detail?.input["Bucket"]?.string else { return [] }
      let arn = ARN(service: "s3", region: "", account: "", resource: bucket)
      guard let key = event.detail?.input["Key"]?.string else {
        return [resource("AWS::S3::Bucket", arn)]
      }
      let object = ARN(service: "s3", region: "", account: "", resource: "\(bucket)/\(key)")
      return [resource("AWS::S3::Object", object), resource("AWS::S3::Bucket", arn)]
    default: return []
    }
  }

  /// The key of a call, then a second one or an alias.
  func keys(of event: Event) -> [ARN] {
    var keys: [ARN] = []
    if case .named(let slot) = event.effect { keys.append(world.keys[slot].arn) }
    if case .key(let slot) = event.subject { keys.append(world.keys[slot].arn) }
    switch event.operation {
    case .createKey:
      let made = event.detail?.response?["KeyMetadata"]?["Arn"]?.string.flatMap { ARN($0) }
      if let made { keys.append(made) }
    case .reEncrypt:
      if case .wrapped(let to, _, _) = event.effect { keys.append(world.keys[to].arn) }
    case .createAlias, .updateAlias, .deleteAlias:
      if let name = event.detail?.input["AliasName"]?.string {
        let alias = world.aliasARN(name, in: event.call.region)
        if !keys.contains(alias) { keys.append(alias) }
      }
    default: break
    }
    return keys
  }

  /// What event history lists under `Resources`, by type and name.
  package func historyResources(of row: TrailRow) -> [(type: String, name: String)] {
    guard let event = call(of: row) else {
      return service(of: row).map {
        [("AWS::KMS::Key", world.keys[$0.key].arn.description)]
      } ?? []
    }
    let input = event.detail?.input
    func named(_ members: [(String, String)]) -> [(type: String, name: String)] {
      members.compactMap { member, type in input?[member]?.string.map { (type, $0) } }
    }
    switch event.operation.service {
    case "kms", "s3": return resources(of: event).map { ($0.type, $0.name) }
    case "kinesis":
      guard case .stream(let slot) = event.subject else {
        return named([("StreamName", "AWS::Kinesis::Stream")])
      }
      return [("AWS::Kinesis::Stream", world.streams[slot].name)]
    case "iam":
      return named([
        ("RoleName", "AWS::IAM::Role"), ("UserName", "AWS::IAM::User"),
        ("GroupName", "AWS::IAM::Group"), ("PolicyName", "AWS::IAM::Policy"),
        ("PolicyArn", "AWS::IAM::Policy"), ("AccessKeyId", "AWS::IAM::AccessKey"),
      ])
    case "sts":
      guard event.error == nil, event.operation == .assumeRole else { return [] }
      let answer = event.detail?.response
      let members: [(String, String?)] = [
        ("AWS::IAM::AccessKey", answer?["Credentials"]?["AccessKeyId"]?.string),
        ("AWS::STS::AssumedRole", answer?["AssumedRoleUser"]?["Arn"]?.string),
        ("AWS::IAM::Role", input?["RoleArn"]?.string),
      ]
      return members.compactMap { type, name in name.map { (type, $0) } }
    case "cloudtrail":
      return named([
        ("Name", "AWS::CloudTrail::Trail"), ("TrailName", "AWS::CloudTrail::Trail"),
        ("S3BucketName", "AWS::S3::Bucket"),
      ])
    case "logs": return named([("logGroupName", "AWS::Logs::LogGroup")])
    case "cloudwatch": return named([("AlarmName", "AWS::CloudWatch::Alarm")])
    default: return []
    }
  }
}
