import Insights
import Policies
import Values

extension ServiceError {
  /// The service's own text, as it stands in an AWS error reply.
  ///
  /// Source: facts §2.6 (Kinesis), §3.5 (KMS), §4.6 and §4.7 (IAM), each with its origin; rows that
  /// no source gives word for word are listed by the verb `fidelity`.
  package var message: String {
    switch self {
    case .accessDenied(let record): record.decision.accessDeniedMessage
    case .constraints(let violations, _):
      "\(violations.count) validation error\(violations.count == 1 ? "" : "s") detected: "
        + violations.joined(separator: "; ")
    case .invalid(let text): text
    // Kinesis tells its caller nothing of what KMS found in bytes that it keeps itself.
    case .fromKMS(.ciphertextInvalid, _), .fromKMS(.ciphertextOfOtherKey, _):
      "Internal service failure."
    case .fromKMS(let error, _): error.message
    case .malformedPolicy(let error): error.message
    default: kmsMessage ?? kinesisMessage ?? otherMessage
    }
  }

  private var kmsMessage: String? {
    switch self {
    case .unknownKey(let arn): "Key '\(arn)' does not exist"
    case .notAKeyID(let text): "Invalid keyId '\(text)'"
    case .keyOfOtherRegion(let arn): "Invalid arn \(arn.region)"
    case .unknownAlias(let arn): "Alias \(arn) is not found."
    case .keyOfOtherAccount(_, let principal, let action):
      "User: \(principal) is not authorized to perform: \(action) on this resource because "
        + "the resource does not exist in this Region, no resource-based policies allow access, "
        + "or a resource-based policy explicitly denies access"
    case .keyDisabled(let arn): "\(arn) is disabled."
    case .keyInState(let arn, let state): "\(arn) is \(state.inWords)."
    case .keyNotPendingDeletion(let arn): "\(arn) is not pending deletion."
    case .keyOrigin(let arn, let origin):
      "\(arn) origin is \(origin.rawValue) which is not valid for this operation."
    case .keyUsage(let arn, let what, let kind, let operation):
      "\(arn) key \(what) is \(what == "spec" ? kind.spec : kind.usage) which is not valid for "
        + "\(operation)."
    case .ciphertextKeyUnknown:
      "The ciphertext refers to a customer master key that does not exist, does not exist in this "
        + "region, or you are not allowed to access."
    case .kms(_, let text): text
    case .aliasExists(let arn): "An alias with the name \(arn) already exists"
    case .aliasWithoutPrefix:
      "Alias must start with the prefix \"alias/\". Please see "
        + "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"
    case .aliasReserved: ""
    case .aliasAsTarget: "Aliases must refer to keys. Not aliases"
    case .lockout:
      "The new key policy will not allow you to update the key policy in the future."
    case .unknownPolicyName: "No such policy exists"
    case .aliasLimit(let arn): "Alias limit exceeded for key \(arn)"
    case .keyPolicyTooLarge(let limit): "The key policy is longer than \(limit) bytes"
    case .ciphertextInvalid: ""
    case .unknownGrant(let id): "Grant ID \(id) not found"
    case .unknownGrantee(let text): "Invalid principal \(text)"
    case .invalidGrantToken: "The grant token is not valid."
    case .dryRun: "The request would have succeeded, but the DryRun option is set."
    case .ciphertextOfOtherKey:
      "The key ID in the request does not identify a CMK that can perform this operation."
    case .kmsThrottled:
      Self.kmsThrottling
    case .controlThrottled(let id, _, _, _) where id.service == "kms":
      Self.kmsThrottling
    // Assumed: the second form; the first is the service's for a stream.
    case .controlThrottled(_, _, let stream?, let account):
      "Rate exceeded for stream \(stream) under account \(account)."
    case .controlThrottled(let id, _, nil, let account):
      "Rate exceeded for \(id.operation) under account \(account)."
    default: nil
    }
  }

  private var kinesisMessage: String? {
    switch self {
    case .streamNotFound(let name, let account, _), .streamBeingMade(let name, let account):
      "Stream \(name) under account \(account) not found."
    case .streamExists(let name, let account):
      "Stream \(name) under account \(account) already exists."
    case .streamNotActive(let name, let account, let status):
      "Stream \(name) under account \(account) not ACTIVE, instead in state \(status.rawValue)"
    case .tooManyEncryptionChanges(let name, let starting):
      "Stream \(name) has reached the limit of \(Kinesis.Limits.encryptionChanges) "
        + "\(starting ? "StartStreamEncryption" : "StopStreamEncryption") calls in 24 hours."
    case .shardNotFound(let shard, let stream, let account),
      .shardOfNoStream(let shard, let stream, let account, _):
      "Shard \(shard) in stream \(stream) under account \(account) does not exist"
    case .encryptionTypeNotKMS(let type):
      "Invalid EncryptionType: \(type). The only valid encryption type is KMS."
    case .iteratorInvalid: "Invalid ShardIterator."
    case .iteratorExpired(let created, let now):
      "Iterator expired. The iterator was created at time \(created.iteratorText) while right now "
        + "it is \(now.iteratorText) which is further in the future than the tolerated delay of "
        + "\(Kinesis.Limits.iteratorLife.milliseconds) milliseconds."
    case .iteratorArguments(let type, let hasNumber):
      "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and "
        + "StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. "
        + "Request specified \(type) and \(hasNumber ? "also a" : "no") StartingSequenceNumber."
    case .sequenceNumberInvalid(let number, let shard, let stream, let account):
      "StartingSequenceNumber \(number) used in GetShardIterator on shard \(shard) in stream "
        + "\(stream) under account \(account) is invalid."
    case .timestampMissing:
      "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. "
        + "Current request has no timestamp parameter."
    case .timestampInFuture(let asked, let now):
      "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. "
        + "timestampInMillis: \(asked.milliseconds), currentTimestampInMillis: \(now.milliseconds)"
    case .hashKeyOutOfRange(let key):
      "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. "
        + "Specified value was \(key)"
    case .recordTooLarge(let bytes, let limit):
      "Record size (data and partition key) of \(bytes) bytes exceeds the limit of \(limit) bytes."
    case .rateExceeded(let shard, let stream, let account):
      "Rate exceeded for shard \(shard) in stream \(stream) under account \(account)."
    case .requestTooLarge(let bytes, let limit):
      "Records size of \(bytes) bytes exceeds the limit of \(limit) bytes."
    case .shardLimit(let asked, let limit, let current, let account, let region):
      "This request would exceed the shard limit for the account \(account) in \(region). "
        + "Current shard count for the account: \(current). Limit: \(limit). Number of additional "
        + "shards that would have resulted from this request: \(asked). Refer to the AWS Service "
        + "Limits page (http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for "
        + "current limits and how to request higher limits."
    case .streamNameMissing: "Either StreamName or StreamARN should be provided."
    case .streamNameAndARNDisagree(let name, let arn):
      "StreamName \(name) and StreamARN \(arn) do not match."
    case .listShardsArguments(let both):
      both
        ? "NextToken and StreamName cannot be provided together."
        : "Either NextToken or StreamName should be provided."
    case .kinesisInput(let text), .kinesis(_, let text): text
    case .streamPolicy(let error): error.message
    case .noResourcePolicy(let arn): "The resource policy of \(arn) was not found."
    case .recordDamaged: "Internal service failure."
    default: nil
    }
  }

  /// Source: AWS KMS Developer Guide, throttling AWS KMS requests.
  private static let kmsThrottling =
    "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls."

  private var otherMessage: String {
    switch self {
    case .noSuchEntity(let kind, let name, _):
      "The \(kind) with name \(name) cannot be found."
    case .policyTooLarge(let limit, let holder):
      "Maximum policy size of \(limit) bytes exceeded for \(holder)"
    case .policyNotFound(let arn, let attachable):
      attachable
        ? "Policy \(arn) does not exist or is not attachable." : "Policy \(arn) was not found."
    case .entityExists(let text), .deleteConflict(let text), .limitExceeded(let text): text
    case .simulatorInput(_, let text), .organizations(_, let text), .trail(_, let text),
      .s3(_, let text), .logs(_, let text), .quotas(_, let text, _):
      text
    case .logGroupNotFound: "The specified log group does not exist."
    case .queriedGroupNotFound(let name, let account, let request, _):
      "Log group '\(name)' does not exist for account ID '\(account)' (Service: AWSLogs; Status "
        + "Code: 400; Error Code: ResourceNotFoundException; Request ID: \(request); Proxy: null)"
    case .malformedQuery(let error, let query): error.message(in: query)
    case .trailNotFound(let name, let account, _):
      "Unknown trail: \(name) for the user: \(account)"
    case .trailBucketPolicy(let bucket, _):
      "Incorrect S3 bucket policy is detected for bucket: \(bucket)"
    case .bucketNotFound: "The specified bucket does not exist"
    case .accessKeyInactive(let service): ServiceError.unknownKeyText(service)
    case .credentialsExpired(_, let service):
      service == "s3"
        ? "The provided token has expired."
        : "The security token included in the request is expired"
    case .invalidToken(let token): "Invalid token \(token)"
    case .invalidMarker(let token): "Invalid Marker: \(token)"
    case .notSimulated(let service, let operation):
      "\(operation) of \(service) is known to AWS but not simulated in this lab."
    default: ""
    }
  }
}

extension KMS.KeyState {
  fileprivate var inWords: String {
    switch self {
    case .enabled: "enabled"
    case .disabled: "disabled"
    case .pendingDeletion, .gone: "pending deletion"
    case .pendingReplicaDeletion: "pending replica deletion"
    case .pendingImport: "pending import"
    case .creating: "creating"
    case .updating: "updating"
    }
  }
}

extension Instant {
  /// As Java prints a date, which shows through in this one message: `Mon Jan 05 09:00:00 UTC 2026`.
  fileprivate var iteratorText: String {
    let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    let time = CalendarTime(self)
    let day = days[Int(((seconds / 86_400) % 7 + 7) % 7)]
    let number = time.day < 10 ? "0\(time.day)" : "\(time.day)"
    return "\(day) \(months[time.month - 1]) \(number) \(timeOfDay) UTC \(time.year)"
  }
}

extension InsightsError {
  /// Assumed: the service's wording; what it says and where are the lab's own.
  package func message(in query: String) -> String {
    let before = query.utf8.prefix(span.start)
    let line = before.filter { $0 == UInt8(ascii: "\n") }.count + 1
    let start = before.lastIndex(of: UInt8(ascii: "\n")).map { query.utf8.index(after: $0) }
    let position = query.utf8.distance(
      from: start ?? query.startIndex, to: query.utf8.index(query.startIndex, offsetBy: span.start))
    return "\(problem) at line \(line) and position \(position)"
  }
}
