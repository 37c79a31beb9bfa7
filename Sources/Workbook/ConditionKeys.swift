import Values

/// Condition keys as policies spell them.
///
/// Source: IAM User Guide, AWS global condition context keys; AWS KMS Developer Guide, condition keys
/// for AWS KMS; Service Authorization Reference, AWS STS.
enum ConditionKeys {
  private static let global = [
    "aws:AssumedRoot", "aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast",
    "aws:ChatbotSourceArn", "aws:CurrentTime", "aws:Ec2InstanceSourcePrivateIPv4",
    "aws:Ec2InstanceSourceVpc", "aws:EpochTime", "aws:FederatedProvider", "aws:MultiFactorAuthAge",
    "aws:MultiFactorAuthPresent", "aws:PrincipalAccount", "aws:PrincipalArn",
    "aws:PrincipalIsAWSService", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths",
    "aws:PrincipalServiceName", "aws:PrincipalServiceNamesList", "aws:PrincipalType", "aws:Referer",
    "aws:RequestedRegion", "aws:ResourceAccount", "aws:ResourceOrgID", "aws:ResourceOrgPaths",
    "aws:SecureTransport", "aws:SignInSessionArn", "aws:SourceAccount", "aws:SourceArn",
    "aws:SourceIdentity", "aws:SourceIp", "aws:SourceOrgID", "aws:SourceOrgPaths",
    "aws:SourceOwner", "aws:SourceVpc", "aws:SourceVpcArn", "aws:SourceVpce", "aws:TagKeys",
    "aws:TokenIssueTime", "aws:UserAgent", "aws:userid", "aws:username", "aws:ViaAWSService",
    "aws:VpceAccount", "aws:VpceOrgID", "aws:VpceOrgPaths", "aws:VpcSourceIp",
  ]
  private static let kms = [
    "kms:BypassPolicyLockoutSafetyCheck", "kms:CallerAccount", "kms:CustomKeyStoreType",
    "kms:DataKeyPairSpec", "kms:EncryptionAlgorithm", "kms:EncryptionContextKeys",
    "kms:ExpirationModel", "kms:GrantConstraintType", "kms:GrantIsForAWSResource",
    "kms:GrantOperations", "kms:GranteePrincipal", "kms:KeyAgreementAlgorithm", "kms:KeyOrigin",
    "kms:KeySpec", "kms:KeyUsage", "kms:MacAlgorithm", "kms:MessageType", "kms:MultiRegion",
    "kms:MultiRegionKeyType", "kms:PrimaryRegion", "kms:ReEncryptOnSameKey", "kms:ReplicaRegion",
    "kms:RequestAlias", "kms:ResourceAliases", "kms:RetiringPrincipal", "kms:RotationPeriodInDays",
    "kms:ScheduleKeyDeletionPendingWindowInDays", "kms:SigningAlgorithm", "kms:ValidTo",
    "kms:ViaService", "kms:WrappingAlgorithm", "kms:WrappingKeySpec",
  ]
  private static let sts = [
    "sts:AWSServiceName", "sts:DurationSeconds", "sts:ExternalId", "sts:RoleSessionName",
    "sts:SourceIdentity", "sts:TransitiveTagKeys",
  ]
  /// Keys whose name goes on with one of the request.
  private static let families = [
    "aws:PrincipalTag/", "aws:RequestTag/", "aws:ResourceTag/", "kms:EncryptionContext:",
    "kms:RecipientAttestation:", "sts:RequestContext/",
  ]

  /// Keys that come with several values in one request.
  private static let multivalued: Set = [
    "aws:calledvia", "aws:principalorgpaths", "aws:principalservicenameslist",
    "aws:resourceorgpaths", "aws:sourceorgpaths", "aws:tagkeys", "aws:vpceorgpaths",
    "kms:encryptioncontextkeys", "kms:grantoperations", "kms:resourcealiases",
    "sts:transitivetagkeys",
  ]

  static func hasSeveralValues(_ key: String) -> Bool { multivalued.contains(key.lowercased()) }

  /// Whether requests may have a key of that name.
  static func isKnown(_ key: String) -> Bool {
    let folded = key.lowercased()
    return (global + kms + sts).contains { $0.lowercased() == folded }
      || families.contains { folded.hasPrefix($0.lowercased()) }
  }

  /// The key that was meant, of one that looks like a known key and is none.
  static func meant(by key: String) -> String? {
    let folded = key.lowercased()
    let all = global + kms + sts
    if all.contains(where: { $0.lowercased() == folded })
      || families.contains(where: { folded.hasPrefix($0.lowercased()) && folded.count > $0.count })
    {
      return nil
    }
    guard let service = key.split(separator: ":").first?.lowercased(),
      ["aws", "kms", "sts"].contains(service)
    else { return nil }
    let own = all.filter { $0.hasPrefix("\(service):") }
    let separators: Set<Character> = ["/", ":"]
    let start = key.dropFirst(service.count + 1).firstIndex { separators.contains($0) }
    if let start {
      // `aws:RequestTags/team`: what stands in front of the name.
      let head = String(key[...start])
      let family = families.first {
        $0.lowercased() != head.lowercased()
          && NearNames.editDistance(head.lowercased(), $0.lowercased(), bound: 2) <= 2
      }
      return family.map { $0 + key[key.index(after: start)...] }
    }
    return NearNames.of(key, among: own).first
  }

  /// Why a value can never be one of the key's; nothing where it may be.
  static func impossible(_ value: String, of key: String) -> String? {
    guard !value.contains("*"), !value.contains("?"), !value.contains("${") else { return nil }
    switch key.lowercased() {
    case "kms:viaservice":
      let parts = value.split(separator: ".", omittingEmptySubsequences: false)
      let fits = value.contains(".amazonaws.com") && parts.count >= 4 && !parts.contains("")
      return fits
        ? nil
        : "kms:ViaService is written service.region.amazonaws.com, as kinesis.us-east-1.amazonaws.com"
    case "kms:calleraccount", "aws:principalaccount", "aws:sourceaccount", "aws:resourceaccount":
      let fits = value.utf8.count == 12 && value.utf8.allSatisfy { (0x30...0x39).contains($0) }
      return fits ? nil : "an account is twelve digits"
    case "aws:principalarn" where value.contains(":assumed-role/"):
      return
        "aws:PrincipalArn is the ARN of the role, arn:aws:iam::ACCOUNT:role/NAME, never that of "
        + "its session"
    case "kms:requestalias", "kms:resourcealiases":
      return value.hasPrefix("alias/") ? nil : "an alias is written alias/NAME"
    case "aws:calledvia", "aws:calledviafirst", "aws:calledvialast":
      return value.hasSuffix(".amazonaws.com")
        ? nil : "a service that calls is written service.amazonaws.com"
    default: return nil
    }
  }
}
