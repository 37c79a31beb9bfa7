import Policies
import Values

extension World {
  /// The key that an identifier means in a call of an operation; fails as the service does. A key of
  /// another account is found where the operation works across accounts, so that its policy can speak;
  /// everything else there answers with `keyOfOtherAccount`, which does not tell what there is.
  ///
  /// What Kinesis asks for is a name of the stream's own account: an alias there is an alias of the
  /// stream's owner, whoever reads or writes.
  ///
  /// Assumed: the text for another account, whatever the operation.
  func key(_ text: String, _ call: Call, for id: OperationID) throws(ServiceError) -> Int32 {
    var owner = call.via.map { streams[$0.stream].owner } ?? active
    if let named = ARN(text), named.service == "kms", named.region == call.region.description,
      named.account != owner.id
    {
      guard let other = Account(id: named.account),
        other == active
          || KMS.worksAcrossAccounts.contains(id)
            && keys.isKnown(named, in: call.region, of: other)
      else {
        throw .keyOfOtherAccount(named, by: identities[call.session].principal.arn, id.action)
      }
      owner = other
    }
    return try keys.find(text, in: call.region, account: owner, allowingAlias: KMS.takesAlias(id))
  }

  /// An alias of the caller's Region; fails with `unknownAlias`.
  func alias(_ name: String, _ call: Call) throws(ServiceError) -> KMS.Alias {
    guard let alias = keys.alias(name, in: call.region, of: active) else {
      throw .unknownAlias(aliasARN(name, in: call.region))
    }
    return alias
  }

  func aliasARN(_ name: String, in region: Region) -> ARN {
    ARN(service: "kms", region: region.description, account: account, resource: name)
  }
}

extension KMS {
  /// Source: AWS KMS API Reference, cross-account use of each operation.
  package static let worksAcrossAccounts: Set<OperationID> = [
    .decrypt, .encrypt, .generateDataKey, .generateDataKeyWithoutPlaintext, .reEncrypt,
    .describeKey, .getKeyRotationStatus, .createGrant, .listGrants, .revokeGrant, .retireGrant,
  ]
}

extension KMS.State {
  /// Whether that is the ARN of a key, or of an alias, that there is.
  fileprivate func isKnown(_ arn: ARN, in region: Region, of account: Account) -> Bool {
    if arn.resource.hasPrefix("alias/") {
      return alias(arn.resource, in: region, of: account) != nil
    }
    return slot(ofID: arn.resourceName, in: region).map { self[$0].owner == account } ?? false
  }

  /// The key that an identifier means for a caller in `region`.
  ///
  /// Source: AWS KMS Developer Guide, key identifiers: key id and key ARN everywhere; alias name and
  /// alias ARN only where `allowingAlias`, which are the cryptographic operations and DescribeKey.
  func find(
    _ text: String, in region: Region, account: Account, allowingAlias: Bool
  ) throws(ServiceError) -> Int32 {
    if let slot = slot(ofID: text, in: region), self[slot].owner == account { return slot }
    func arn(_ resource: String) -> ARN {
      ARN(service: "kms", region: region.description, account: account.id, resource: resource)
    }
    if let named = ARN(text) {
      guard named.service == "kms" else { throw .notAKeyID(text) }
      guard named.region == region.description else { throw .keyOfOtherRegion(named) }
      if named.resource.hasPrefix("alias/"), allowingAlias {
        guard named.account == account.id,
          let alias = alias(named.resource, in: region, of: account)
        else {
          throw .unknownAlias(named)
        }
        return alias.key
      }
      guard named.resource.hasPrefix("key/") else { throw .notAKeyID(text) }
      guard named.account == account.id, let slot = slot(ofID: named.resourceName, in: region),
        self[slot].owner == account
      else {
        throw .unknownKey(named)
      }
      return slot
    }
    if text.hasPrefix("alias/"), allowingAlias {
      guard let alias = alias(text, in: region, of: account) else { throw .unknownAlias(arn(text)) }
      return alias.key
    }
    guard Self.looksLikeID(text) else { throw .notAKeyID(text) }
    throw .unknownKey(arn("key/\(text)"))
  }

  /// A UUID, or the id of a multi-Region key.
  private static func looksLikeID(_ text: String) -> Bool {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    let digits = parts.joined().utf8.allSatisfy { Hex.value(of: $0) != nil }
    if digits, parts.map(\.count) == [8, 4, 4, 4, 12] { return true }
    return text.hasPrefix("mrk-") && text.utf8.count == 36
  }
}
