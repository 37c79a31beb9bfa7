import Policies
import Values

/// Whose resource or whose call it is: the lab has an account of its own and a partner's beside it,
/// so that something can be shared across accounts.
///
/// Simplified: the partner's account has IAM, STS, KMS, Kinesis and the event history of CloudTrail.
package enum Account: UInt8, CaseIterable, Hashable, Sendable {
  case home, partner

  package var id: String { self == .home ? "123456789012" : "444455556666" }

  package init?(id: String) {
    guard let account = Self.allCases.first(where: { $0.id == id }) else { return nil }
    self = account
  }

  /// Services that the partner's account has.
  static let partnerServices: Set = ["iam", "sts", "kms", "kinesis", "cloudtrail"]

  /// Whether a caller of this account may call that operation in the lab at all.
  func has(_ id: OperationID) -> Bool {
    self == .home
      || Self.partnerServices.contains(id.service)
        && (id.service != "cloudtrail" || id == .lookupEvents)
  }
}

extension World {
  /// Lets the calls that come now see what an account has of its own: its identities, and what is
  /// left of its KMS quota. The door does so for the length of a call.
  mutating func enter(_ account: Account) {
    guard account != active else { return }
    active = account
    identities.active = account
    swap(&meter, &otherMeter)
    swap(&controlMeter, &otherControlMeter)
  }

  /// Whether a policy of the lab's own account speaks of the partner's, or lets everybody in: only then
  /// is what the partner may do there worth a look.
  package var isSharedWithPartner: Bool {
    let id = Account.partner.id
    return streams.streams.contains {
      $0.owner == .home && $0.status != .gone
        && ($0.resourcePolicy?.document.speaks(of: id) == true
          || $0.consumers.contains { $0.resourcePolicy?.document.speaks(of: id) == true })
    }
      || keys.keys.contains {
        $0.owner == .home && $0.state != .gone && $0.manager != .aws
          && $0.policy.document.speaks(of: id)
      }
      || keys.grants.contains { $0.grantee.contains(id) }
      || identities.roles.values.contains { $0.trust?.speaks(of: id) == true }
  }

  /// Profiles that tables about the lab's own account speak of.
  package var concernedProfiles: [String] {
    identities.profiles + (isSharedWithPartner ? identities.partnerProfiles : [])
  }
}

extension PolicyDocument {
  fileprivate func speaks(of account: String) -> Bool {
    text.contains(account) || opens(to: account)
  }
}

extension Kinesis {
  /// What a stream's or a consumer's own policy can give to another account.
  /// Source: Kinesis Data Streams Developer Guide, controlling access, actions that can be shared; for
  /// DescribeStream, sharing with Lambda functions of another account.
  package static let sharedActions: Set<OperationID> = [
    .describeStream, .describeStreamSummary, .getRecords, .getShardIterator, .listShards,
    .putRecord, .putRecords, .describeStreamConsumer, .subscribeToShard,
  ]
}
