import Policies
import Values

/// The Security Token Service.
enum STS {
  static let operations = [OperationRow(GetCallerIdentity.self), OperationRow(AssumeRole.self)]

  /// Says who the credentials belong to. Needs no permission: an explicit deny does not stop it.
  /// Source: AWS STS API Reference, GetCallerIdentity.
  struct GetCallerIdentity: Operation {
    static let id = OperationID.getCallerIdentity
    static let needsPermission = false

    init(_ input: JSON) throws(ServiceError) {}

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let principal = cloud.world.identities[permit.call.session].principal
      return [
        "UserId": .string(principal.uniqueID), "Account": .string(principal.account),
        "Arn": .string(principal.arn),
      ]
    }
  }
}
