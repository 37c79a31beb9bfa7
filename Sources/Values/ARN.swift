/// An Amazon Resource Name: `arn:partition:service:region:account:resource`.
package struct ARN: Hashable, Sendable, CustomStringConvertible {
  package var partition = "aws"
  package var service: String
  package var region: String
  package var account: String
  /// All after the fifth colon, such as `stream/orders` or `role/producer`.
  package var resource: String

  package init(service: String, region: String, account: String, resource: String) {
    self.service = service
    self.region = region
    self.account = account
    self.resource = resource
  }

  /// Nothing for a text that does not have the six parts and the `arn` in front.
  package init?(_ text: String) {
    let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
    guard parts.count == 6, parts[0] == "arn" else { return nil }
    partition = String(parts[1])
    service = String(parts[2])
    region = String(parts[3])
    account = String(parts[4])
    resource = String(parts[5])
  }

  package var description: String {
    "arn:\(partition):\(service):\(region):\(account):\(resource)"
  }

  /// The resource after its first slash: `orders` of `stream/orders`.
  package var resourceName: String {
    guard let slash = resource.firstIndex(of: "/") else { return resource }
    return String(resource[resource.index(after: slash)...])
  }
}
