import Insights
import Policies
import Values

/// A refusal by a simulated service: facts, from which the code, AWS's text and the explanation come.
package indirect enum ServiceError: Error, Sendable {
  /// The decision said no and holds every statement that was read.
  case accessDenied(DecisionRecord)
  /// The input breaks constraints of the service's model; each violation in the service's words.
  case constraints([String], service: String)
  /// A rule beyond the model; the text is the service's own.
  case invalid(String)

  // KMS
  case unknownKey(ARN)
  case notAKeyID(String)
  case keyOfOtherRegion(ARN)
  case unknownAlias(ARN)
  /// A key of another account, which has no policy that admits the caller.
  case keyOfOtherAccount(ARN, by: String, ActionName)
  case keyDisabled(ARN)
  /// The key's state forbids the operation.
  case keyInState(ARN, KMS.KeyState)
  case keyNotPendingDeletion(ARN)
  /// Where the key's material comes from forbids the operation.
  case keyOrigin(ARN, KMS.Origin)
  /// `what` of the key, its `usage` or its `spec`, does not fit the operation.
  case keyUsage(ARN, _ what: String, KMS.KeyKind, _ operation: String)
  /// The ciphertext names a key that this Region has not.
  case ciphertextKeyUnknown
  /// A refusal that only one place of KMS makes: its code, and the service's text.
  case kms(KMSCode, String)
  case aliasExists(ARN)
  case aliasWithoutPrefix(String)
  case aliasReserved(String)
  case aliasAsTarget(String)
  case malformedPolicy(PolicyError)
  /// The new key policy would not let its author change it again; the decision says why.
  case lockout(Decision)
  case unknownPolicyName(String)
  case aliasLimit(ARN)
  case keyPolicyTooLarge(limit: Int)
  case ciphertextInvalid(CiphertextFault)
  case ciphertextOfOtherKey
  case kmsThrottled(quota: Int)
  /// An operation of the control plane was called too often in this second.
  case controlThrottled(OperationID, most: Int, stream: String?, account: String)
  /// All was right, and the request asked for no more than that.
  case dryRun

  case unknownGrant(String)
  case unknownGrantee(String)
  case invalidGrantToken(String)

  // Kinesis
  case streamNotFound(name: String, account: String, near: [String])
  /// The service says that it is not there; it is on its way.
  case streamBeingMade(name: String, account: String)
  case streamExists(name: String, account: String)
  case streamNotActive(name: String, account: String, status: Kinesis.Status)
  case tooManyEncryptionChanges(name: String, starting: Bool)
  case shardNotFound(shard: String, stream: String, account: String)
  /// A shard of a stream that is not there, of which the service's text does not speak.
  case shardOfNoStream(String, stream: String, account: String, ServiceError)
  case encryptionTypeNotKMS(String)
  case iteratorInvalid
  case iteratorExpired(created: Instant, now: Instant)
  case iteratorArguments(type: String, hasNumber: Bool)
  case sequenceNumberInvalid(String, shard: String, stream: String, account: String)
  case timestampMissing
  case timestampInFuture(Instant, now: Instant)
  case hashKeyOutOfRange(String)
  case recordTooLarge(bytes: Int, limit: Int)
  /// A shard is at its rate, or an answer of it has yet to be paid for.
  case rateExceeded(shard: String, stream: String, account: String)
  case requestTooLarge(bytes: Int, limit: Int)
  case shardLimit(asked: Int, limit: Int, current: Int, account: String, region: Region)
  case streamNameMissing
  case streamNameAndARNDisagree(name: String, arn: ARN)
  case listShardsArguments(both: Bool)
  case kinesisInput(String)
  /// A refusal that only one place of Kinesis makes: its code, and the service's text.
  case kinesis(KinesisCode, String)
  case streamPolicy(PolicyError)
  case noResourcePolicy(ARN)
  /// A stored record, its wrapped key or its context is not what Kinesis wrote.
  case recordDamaged(sequenceNumber: String)
  /// KMS refused what Kinesis asked for the caller.
  case fromKMS(ServiceError, Model)

  /// A token of a next page that this service did not make.
  case invalidToken(String)
  /// The same in IAM.
  case invalidMarker(String)

  // IAM
  case noSuchEntity(kind: String, name: String, near: [String])
  case policyTooLarge(limit: Int, holder: String)
  case policyNotFound(String, attachable: Bool)
  case entityExists(String)
  case deleteConflict(String)
  case limitExceeded(String)
  /// What the simulator was given makes no sense to it.
  case simulatorInput(_ code: String, String)

  /// A refusal of AWS Organizations, by its code and text.
  case organizations(_ code: String, String)

  /// A refusal of CloudTrail, by its code and text.
  case trail(_ code: String, String)
  /// A trail that is not there, by its ARN or what was asked for.
  case trailNotFound(String, account: String, near: [String])
  /// A bucket whose policy does not let CloudTrail in; the decision says why.
  case trailBucketPolicy(bucket: String, Decision)
  /// A refusal of S3, by its code and text.
  case s3(_ code: String, String)
  case bucketNotFound(String, near: [String])

  /// A refusal of CloudWatch Logs or of CloudWatch, by its code and text.
  case logs(_ code: String, String)
  case logGroupNotFound(String, near: [String])
  /// The same of a query, whose text tells more: the account, and the number of the request.
  case queriedGroupNotFound(String, account: String, request: String, near: [String])
  /// What is wrong with a query, and the query.
  case malformedQuery(InsightsError, String)

  /// A refusal of Service Quotas, by its code and text, with names that were perhaps meant.
  case quotas(_ code: String, String, near: [String])

  /// The access key was switched off.
  case accessKeyInactive(service: String)

  /// Temporary credentials came to their end.
  case credentialsExpired(Instant, service: String)

  /// AWS has the operation, the lab does not perform it.
  case notSimulated(service: String, operation: String)
}

/// Why KMS does not open what it was given; it says the same of each.
package enum CiphertextFault: Hashable, Sendable {
  /// It is nothing that KMS ever gave out.
  case unreadable
  /// Its tag does not fit its bytes, the key's material and the encryption context.
  case tag
}

/// Codes of Kinesis that need no facts beside their text.
package enum KinesisCode: String, Hashable, Sendable {
  case validation = "ValidationException"
  case limit = "LimitExceededException"
  case inUse = "ResourceInUseException"
  case notFound = "ResourceNotFoundException"
  case expiredNextToken = "ExpiredNextTokenException"
}

/// Codes of KMS that need no facts beside their text.
package enum KMSCode: String, Hashable, Sendable {
  case unsupported = "UnsupportedOperationException"
  case invalidState = "KMSInvalidStateException"
  case limit = "LimitExceededException"
  case tag = "TagException"
  case alreadyExists = "AlreadyExistsException"
  case notFound = "NotFoundException"
  case invalidMarker = "InvalidMarkerException"
  case incorrectKeyMaterial = "IncorrectKeyMaterialException"
  case invalidImportToken = "InvalidImportTokenException"
  case expiredImportToken = "ExpiredImportTokenException"
  case invalidCiphertext = "InvalidCiphertextException"
}

extension ServiceError {
  /// Whether it says that something is not permitted, the call itself or one that served it.
  package var isAccessDenied: Bool { trailCode.contains("AccessDenied") }

  /// The code in an AWS error reply, as the CLI prints it in parentheses.
  package var code: String {
    switch self {
    case .accessDenied(let record):
      ["iam", "sts", "s3"].contains(record.decision.question.action.service)
        ? "AccessDenied" : "AccessDeniedException"
    case .constraints(_, let service):
      Self.ofQueries.contains(service) ? "ValidationError" : "ValidationException"
    case .invalid, .aliasWithoutPrefix, .aliasAsTarget: "ValidationException"
    case .unknownKey, .notAKeyID, .keyOfOtherRegion, .unknownAlias, .unknownPolicyName,
      .unknownGrant:
      "NotFoundException"
    case .unknownGrantee: "InvalidArnException"
    case .invalidGrantToken: "InvalidGrantTokenException"
    case .keyOfOtherAccount, .ciphertextKeyUnknown: "AccessDeniedException"
    case .keyDisabled: "DisabledException"
    case .keyInState, .keyNotPendingDeletion: "KMSInvalidStateException"
    case .keyOrigin: "UnsupportedOperationException"
    case .keyUsage: "InvalidKeyUsageException"
    case .kms(let code, _): code.rawValue
    case .aliasExists: "AlreadyExistsException"
    case .aliasReserved: "NotAuthorizedException"
    case .malformedPolicy(let error):
      switch error.kind {
      case .key, .serviceControl, .resourceControl: "MalformedPolicyDocumentException"
      case .resource: "MalformedPolicy"
      default: "MalformedPolicyDocument"
      }
    case .lockout: "MalformedPolicyDocumentException"
    case .keyPolicyTooLarge, .aliasLimit: "LimitExceededException"
    case .invalidToken: "InvalidArgumentException"
    case .invalidMarker: "ValidationError"
    case .ciphertextInvalid: "InvalidCiphertextException"
    case .ciphertextOfOtherKey: "IncorrectKeyException"
    case .kmsThrottled: "ThrottlingException"
    case .controlThrottled(let id, _, _, _):
      id.service == "kms" ? "ThrottlingException" : "LimitExceededException"
    case .dryRun: "DryRunOperationException"
    case .streamNotFound, .streamBeingMade, .shardNotFound, .shardOfNoStream:
      "ResourceNotFoundException"
    case .streamExists, .streamNotActive: "ResourceInUseException"
    case .tooManyEncryptionChanges, .shardLimit: "LimitExceededException"
    case .rateExceeded: "ProvisionedThroughputExceededException"
    case .iteratorExpired: "ExpiredIteratorException"
    case .encryptionTypeNotKMS, .iteratorInvalid,
      .iteratorArguments, .sequenceNumberInvalid, .timestampMissing, .timestampInFuture,
      .hashKeyOutOfRange, .recordTooLarge, .requestTooLarge, .streamNameMissing,
      .streamNameAndARNDisagree, .listShardsArguments:
      "InvalidArgumentException"
    case .kinesis(let code, _): code.rawValue
    case .kinesisInput, .streamPolicy: "InvalidArgumentException"
    case .noResourcePolicy: "ResourceNotFoundException"
    case .recordDamaged: "InternalFailureException"
    case .fromKMS(let error, let model): Self.kinesisCode(for: error, model)
    case .noSuchEntity: "NoSuchEntity"
    case .policyTooLarge, .limitExceeded: "LimitExceeded"
    case .policyNotFound: "NoSuchEntity"
    case .entityExists: "EntityAlreadyExists"
    case .deleteConflict: "DeleteConflict"
    case .simulatorInput(let code, _): code == "Invalid Entity Action" ? "ValidationError" : code
    case .credentialsExpired(_, let service):
      service == "s3" || Self.ofQueries.contains(service)
        ? "ExpiredToken" : "ExpiredTokenException"
    case .organizations(let code, _), .trail(let code, _), .s3(let code, _), .logs(let code, _):
      code
    case .logGroupNotFound, .queriedGroupNotFound: "ResourceNotFoundException"
    case .malformedQuery: "MalformedQueryException"
    case .trailNotFound: "TrailNotFoundException"
    case .trailBucketPolicy: "InsufficientS3BucketPolicyException"
    case .bucketNotFound: "NoSuchBucket"
    case .accessKeyInactive(let service):
      ServiceError.unknownKeyCode(service)
    case .quotas(let code, _, _): code
    case .notSimulated: "NotSimulated"
    }
  }

  /// What a service answers to an access key that it does not accept: that it knows none such.
  /// Source: IAM API Reference, common errors; Amazon S3 API Reference, error responses.
  package static func unknownKeyCode(_ service: String) -> String {
    switch service {
    case "iam", "sts": "InvalidClientTokenId"
    case "s3": "InvalidAccessKeyId"
    default: "UnrecognizedClientException"
    }
  }

  /// The text that goes with `unknownKeyCode`.
  package static func unknownKeyText(_ service: String) -> String {
    service == "s3"
      ? "The AWS Access Key Id you provided does not exist in our records."
      : "The security token included in the request is invalid."
  }

  /// Services of the Query protocol, whose codes have no "Exception" at their end.
  private static let ofQueries: Set = ["iam", "sts", "cloudwatch"]

  /// Kinesis's name for a refusal by KMS.
  /// Source: Kinesis API Reference, errors of PutRecord; models.md rows `denied-code` and
  /// `throttled-code`.
  private static func kinesisCode(for error: ServiceError, _ model: Model) -> String {
    switch error {
    case .accessDenied, .keyOfOtherAccount:
      model == .described ? "AccessDeniedException" : "KMSAccessDeniedException"
    case .kmsThrottled, .controlThrottled:
      model == .described ? "ThrottlingException" : "KMSThrottlingException"
    case .keyDisabled: "KMSDisabledException"
    case .unknownKey, .notAKeyID, .keyOfOtherRegion, .unknownAlias, .ciphertextKeyUnknown:
      "KMSNotFoundException"
    case .ciphertextInvalid, .ciphertextOfOtherKey: "InternalFailureException"
    default: "KMSInvalidStateException"
    }
  }

  /// What is behind it, so that the learner should look there: KMS's refusal, or a stream that is missing.
  package var cause: ServiceError {
    switch self {
    case .fromKMS(let error, _), .shardOfNoStream(_, _, _, let error): error
    default: self
    }
  }

  /// The decision behind the refusal, when it was one.
  package var decision: Decision? {
    switch cause {
    case .accessDenied(let record): record.decision
    case .lockout(let decision), .trailBucketPolicy(_, let decision): decision
    default: nil
    }
  }

  var rows: ModelRows {
    switch self {
    case .fromKMS(.accessDenied, _): ModelRows(.deniedCode)
    case .fromKMS(.kmsThrottled, _): [ModelRows(.throttledCode), ModelRows(.kmsQuota)]
    case .kmsThrottled: ModelRows(.kmsQuota)
    default: []
    }
  }
}
