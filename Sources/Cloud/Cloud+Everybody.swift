import Policies
import Values

extension Cloud {
  /// A copy in which every user and role has credentials: under the name of the user or role where no
  /// profile stands for it. For asking what somebody might do; nothing of it is kept.
  package var withEverybody: Cloud {
    var copy = self
    let profiled = world.identities.sessions.filter { !$0.profile.isEmpty }.map {
      $0.principal.roleARN ?? $0.principal.arn
    }
    for kind in [IAM.HolderKind.role, .user] {
      for holder in world.identities.holders(kind) where !profiled.contains(holder.arn.description)
      {
        guard copy.world.identities.session(ofProfile: holder.name) == nil else { continue }
        copy.world.identities.add(
          IAM.Session(profile: holder.name, principal: holder.principal, accessKeyID: ""))
      }
    }
    return copy
  }

  /// Credentials for somebody who is in no table: the root user, a service. For asking what they
  /// might do, on a copy.
  package mutating func give(credentialsTo principal: Principal, as name: String) -> SessionID {
    world.identities.add(IAM.Session(profile: name, principal: principal, accessKeyID: ""))
    return SessionID(world.identities.sessions.count - 1)
  }
}

extension World {
  /// Why the key's state forbids an operation that permissions allow; nothing where it does not.
  package func stateRefusal(of id: OperationID, on key: Int32) -> ServiceError? {
    do throws(ServiceError) {
      try keys.check(id, on: key)
      return nil
    } catch {
      return error
    }
  }
}

extension IAM.Holder {
  /// Whom its credentials speak for: a user itself, a role in a session of its own name.
  fileprivate var principal: Principal {
    let account = arn.account
    guard kind == .role else {
      return Principal(
        kind: .user, account: account, arn: arn.description, userName: name, uniqueID: id)
    }
    return Principal(
      kind: .assumedRole, account: account,
      arn: "arn:aws:sts::\(account):assumed-role/\(name)/\(name)", roleARN: arn.description,
      uniqueID: "\(id):\(name)")
  }
}
