import Ciphers
import Policies
import Values

extension World {
  /// Puts another name in place of a principal's, wherever a policy or a grant of this account names
  /// it: AWS keeps the id and shows the ARN for as long as somebody has both.
  ///
  /// Source: AWS KMS Developer Guide, key policies; IAM User Guide, AWS JSON policy elements: Principal.
  mutating func renamePrincipal(_ old: String, to new: String) {
    for slot in keys.keys.indices.map(Int32.init) where keys[slot].state != .gone {
      if let document = keys[slot].policy.document.renaming(old, to: new) {
        keys.setPolicy(document, of: slot)
      }
    }
    keys.changeGrants { $0.renaming(old, to: new) }
    for slot in streams.streams.indices.map(Int32.init) where streams[slot].status != .gone {
      if let policy = streams[slot].resourcePolicy?.renaming(old, to: new) {
        streams.setResourcePolicy(policy, of: slot)
      }
      for consumer in streams[slot].consumers {
        if let policy = consumer.resourcePolicy?.renaming(old, to: new) {
          streams.setResourcePolicy(policy, ofConsumer: consumer.arn)
        }
      }
    }
    for bucket in buckets.all {
      if let policy = bucket.policy?.renaming(old, to: new) {
        buckets.setPolicy(policy, of: bucket.name)
      }
    }
    for var role in identities.holders(.role) {
      if let trust = role.trust?.renaming(old, to: new) {
        role.trust = trust
        identities.put(role, noting: "trust \(trust.text)")
      }
    }
  }

  /// Gives a profile that stood for a role of that name new credentials, of the role that is there now.
  mutating func resumeSessions(of role: IAM.Holder) {
    for profile in identities.profiles {
      guard let old = identities.session(ofProfile: profile), identities[old].status == .inactive,
        identities[old].principal.kind == .assumedRole,
        identities[old].principal.roleARN == role.arn.description
      else { continue }
      let name = identities[old].principal.arn.split(separator: "/").last.map(String.init) ?? ""
      var session = IAM.Session(
        profile: profile,
        principal: Principal(
          kind: .assumedRole, account: account, arn: identities[old].principal.arn,
          roleARN: role.arn.description, uniqueID: "\(role.id):\(name)"),
        accessKeyID: random.uniqueID(prefix: "ASIA", length: 16))
      session.issued = now
      identities.add(session)
    }
  }

  /// Fails when a policy names a user or role of this account that does not exist.
  ///
  /// Source: IAM User Guide, AWS JSON policy elements: Principal; AWS KMS API Reference, PutKeyPolicy.
  func checkPrincipals(of document: PolicyDocument) throws(PolicyError) {
    for principal in document.principals {
      guard let arn = ARN(principal.arn), let owner = Account(id: arn.account),
        !exists(
          principalPath: arn.service == "sts" ? Self.rolePath(arn) : arn.resource, arn, in: owner)
      else { continue }
      throw PolicyError(
        message: document.kind.invalidPrincipal(principal.arn), span: principal.span,
        kind: document.kind, detail: "\(principal.arn) does not exist", text: document.text)
    }
  }

  /// `role/NAME` of a session's ARN, which has the role's name without its path.
  private static func rolePath(_ arn: ARN) -> String {
    let parts = arn.resource.split(separator: "/")
    return parts.count > 1 && parts[0] == "assumed-role" ? "role/\(parts[1])" : arn.resource
  }

  private func exists(principalPath path: String, _ arn: ARN, in owner: Account) -> Bool {
    let identities = identities.seen(from: owner)
    let name = path.split(separator: "/").last.map(String.init) ?? ""
    let holder =
      path.hasPrefix("role/")
      ? identities.roles[name] : path.hasPrefix("user/") ? identities.users[name] : nil
    guard let holder else { return !path.hasPrefix("role/") && !path.hasPrefix("user/") }
    return arn.service == "sts" || holder.arn == arn
  }
}

extension AttachedPolicy {
  /// The same with another name in place of a principal's; nothing where none has that name.
  fileprivate func renaming(_ old: String, to new: String) -> AttachedPolicy? {
    document.renaming(old, to: new).map {
      AttachedPolicy(kind: kind, label: label, arn: arn, document: $0)
    }
  }
}

extension KMS.Grant {
  fileprivate func renaming(_ old: String, to new: String) -> KMS.Grant? {
    guard grantee == old || retiring == old else { return nil }
    return KMS.Grant(
      id: id, key: key, keyARN: keyARN, name: name, created: created, issuer: issuer,
      KMS.GrantTerms(
        grantee: grantee == old ? new : grantee, retiring: retiring == old ? new : retiring,
        operations: operations, constraint: constraint))
  }
}
