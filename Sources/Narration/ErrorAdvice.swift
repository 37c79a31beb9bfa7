import Cloud
import Policies
import Values

/// What a patient colleague would add to a refusal that is not about permissions.
package enum ErrorAdvice {
  /// The first line ends with the message's name; excerpts fit a terminal.
  package static func page(_ error: ServiceError, _ style: Page.Style = .plain) -> Page {
    var page = Page()
    var lines = plainLines(error)
    if error.decision == nil, let name = MessageNames.name(of: error) {
      if lines.isEmpty { lines = [""] }
      lines[0] += lines[0].isEmpty ? "explain \(name) says more" : " (\(name))"
    }
    for line in lines { page.add(line, style) }
    switch error.cause {
    case .malformedPolicy(let error), .streamPolicy(let error):
      if let span = error.span { page.add(quoting: error.text, marking: span, indented: 2) }
    case .malformedQuery(let error, let query): page.add(InsightsPage.mistake(error, in: query))
    default: break
    }
    return page
  }

  /// That nobody has an access key; AWS says it in other words for each service, and of no policy.
  package static func unknownKey(_ key: String) -> [String] {
    [
      "nobody in this lab has the access key \(JSON.quoted(key)): it was mistyped, or deleted with "
        + "its user or role; no policy was asked (KH-CREDENTIALS-UNKNOWN)"
    ]
  }

  /// What is to be said beside the decision behind an error.
  package static func remark(onDecisionOf error: ServiceError) -> String? {
    guard case .lockout = error, let name = MessageNames.name(of: error) else { return nil }
    return "under the new policy its setter could not change it again (\(name))"
  }

  /// That a role is not there which somebody wanted to take: AWS does not say so.
  package static func missingRole(_ event: Event, in world: World) -> String? {
    guard event.operation == .assumeRole, event.error?.error.decision != nil,
      case .named(let arn) = event.subject, arn.account == world.account
    else { return nil }
    let roles = world.identities.holders(.role)
    guard !roles.contains(where: { $0.arn == arn }) else { return nil }
    let name = arn.resource.split(separator: "/").last.map(String.init) ?? arn.resource
    let near = NearNames.of(name, among: roles.map(\.name))
    return "there is no role \(JSON.quoted(name)) in this account, which AWS does not say"
      + (near.isEmpty ? "" : "; did you mean \(near[0])?")
  }

  private static func plainLines(_ error: ServiceError) -> [String] {
    switch error.cause {
    case .streamNotFound(let name, _, let near):
      return ["there is no stream \(name) in this Region and account"] + meant(near)
    case .shardNotFound(let shard, let stream, _):
      return [
        "there is no \(shard) in \(stream): aws kinesis list-shards --stream-name \(stream)"
      ]
    case .streamBeingMade(let name, _):
      return [
        "the stream \(name) is still CREATING: aws kinesis wait stream-exists --stream-name \(name), or wait 15s"
      ]
    case .streamNotActive(let name, _, let status):
      return [
        "the stream \(name) is \(status.rawValue): try again later, wait 15s, or aws kinesis wait stream-exists"
      ]
    case .rateExceeded(let shard, _, _):
      return [
        "\(shard) has had its share of this second: 1 MiB or 1,000 records in, 2 MiB or 5 reads out; "
          + "try again a second later, spread the partition keys, or split the shard"
      ]
    case .noSuchEntity(let kind, let name, let near):
      return ["there is no \(kind) \(name)"] + meant(near)
    case .trailNotFound(let arn, _, let near):
      return ["there is no trail \(ARN(arn)?.resourceName ?? arn)"] + meant(near)
    case .logGroupNotFound(let name, let near), .queriedGroupNotFound(let name, _, _, let near):
      return [
        near.isEmpty
          ? "there is no log group \(name): aws logs create-log-group --log-group-name \(name)"
          : "there is no log group \(name)"
      ] + meant(near)
    case .bucketNotFound(let name, let near):
      return ["there is no bucket \(name)"] + meant(near)
    case .trail("S3BucketDoesNotExistException", _):
      return ["a trail needs a bucket that is there: aws s3 mb s3://NAME, then a policy for it"]
    case .trail("InvalidEventSelectorsException", let text)
    where text.contains("no type of a basic event selector") && text.contains("AWS::Kinesis"):
      return ["data events of Kinesis come only with --advanced-event-selectors"]
    case .notAKeyID(let text) where text.contains("alias/"):
      return [
        "this operation takes a key id or a key ARN; an alias stands for a key only in describe-key, "
          + "get-public-key and the cryptographic operations"
      ]
    case .unknownKey, .notAKeyID, .unknownAlias:
      return ["aws kms list-aliases and aws kms list-keys show what there is"]
    case .keyOfOtherRegion(let arn):
      return ["that key lives in \(arn.region); a key serves only its own Region"]
    case .keyDisabled:
      return ["the key is there and the permissions were right: its state forbids the use"]
    case .keyInState(_, let state): return [advice(state)]
    case .keyNotPendingDeletion: return ["its deletion was not scheduled: nothing to cancel"]
    case .keyOrigin(_, .external):
      return [
        "KMS does not make material for a key whose material was imported: import new material, "
          + "then rotate-key-on-demand"
      ]
    case .keyOrigin(_, .kms):
      return ["KMS made this key's material; only a key made with --origin EXTERNAL takes yours"]
    case .keyUsage(_, _, let kind, _):
      return [
        "this is an \(kind.spec) key for \(kind.usage); data keys come from symmetric keys "
          + "(SYMMETRIC_DEFAULT), and only those can protect a stream"
      ]
    case .keyOfOtherAccount(let arn, _, let action)
    where OperationID(rawValue: action.description).map(KMS.worksAcrossAccounts.contains) == false:
      return [
        "\(action) does not work across accounts, whatever the key's policy says: only account "
          + "\(arn.account) can make this call"
      ]
    case .keyOfOtherAccount(let arn, _, _):
      return ["the key belongs to account \(arn.account), which has let nobody here in"]
    case .ciphertextKeyUnknown:
      return [
        "the ciphertext names a key that this Region has not, or has no more; a multi-Region key "
          + "could open it elsewhere"
      ]
    case .ciphertextInvalid(.unreadable):
      return [
        "these bytes are nothing that KMS gave out: a ciphertext of KMS names the key that opens it, "
          + "and here no key was asked",
        "Encrypt and GenerateDataKey give one, as CiphertextBlob, in base64; fileb:// takes it from a "
          + "file as it is",
      ]
    case .ciphertextInvalid(.tag):
      return [
        "AES-GCM found that ciphertext, key or encryption context is not what was sealed; "
          + "KMS does not say which",
        "the encryption context must be the same pairs as at Encrypt, capitals included",
      ]
    case .kms(.invalidCiphertext, _):
      return [
        "the public key of this token does not unwrap the material: each get-parameters-for-import gives a "
          + "new pair, so take both from one answer (query -r PublicKey > public.b64, then query -r "
          + "ImportToken > token.b64), and wrap with the algorithm that it was asked for"
      ]
    case .malformedPolicy(let error), .streamPolicy(let error): return [error.detail]
    case .notSimulated(let service, let operation):
      return ["AWS has \(operation) of \(service); this lab does not perform it"]
    case .recordDamaged(let number):
      return number.isEmpty
        ? ["the wrapped data key on the disk is not what KMS wrote"]
        : ["record \(number): the tag does not fit the bytes, so nothing is given out"]
    case .iteratorExpired:
      return ["an iterator lives five minutes; get a new one with get-shard-iterator"]
    case .recordTooLarge(let bytes, let limit):
      return ["the record is \(bytes - limit) over the limit of 1 MiB"]
    case .kmsThrottled(let quota):
      return [
        "the wall is the KMS quota: \(Number.grouped(quota)) cryptographic requests a second are used "
          + "up for now"
      ]
    case .controlThrottled(let id, let most, let stream, _):
      let whose = stream.map { id.controlRate?.isOfStream == true ? "for \($0)" : nil } ?? nil
      return [
        "the wall is a control-plane rate: \(id.operation) may be called "
          + "\(most == 1 ? "once" : "\(Number.grouped(most)) times") a second "
          + "\(whose ?? "by the account in this Region"); KMS's quota of cryptographic requests and "
          + "the shards' rates have nothing to do with it"
      ]
    case .quotas(_, _, let near): return meant(near)
    case .simulatorInput("InvalidAuthorizationMessageException", _):
      return ["in this lab no service returns an encoded message"]
    default: return []
    }
  }

  private static func advice(_ state: KMS.KeyState) -> String {
    switch state {
    case .pendingDeletion, .pendingReplicaDeletion:
      "cancel-key-deletion brings the key back as long as the waiting period lasts; it is Disabled "
        + "then"
    case .pendingImport: "its key material is missing: import the same material again"
    case .creating, .updating: "it is on its way: wait 5s"
    case .enabled, .disabled, .gone: "its state forbids it"
    }
  }

  private static func meant(_ near: [String]) -> [String] {
    near.isEmpty ? [] : ["did you mean \(near.joined(separator: " or "))?"]
  }
}
