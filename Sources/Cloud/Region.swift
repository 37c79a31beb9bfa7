/// An AWS Region, as an index into the table of those that the lab has.
package struct Region: Hashable, Sendable, CustomStringConvertible {
  package let index: UInt8

  /// Source: AWS General Reference, service endpoints of Kinesis Data Streams and KMS.
  private static let names = [
    "us-east-1", "us-east-2", "us-west-1", "us-west-2", "af-south-1", "ap-east-1", "ap-northeast-1",
    "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
    "ca-central-1", "eu-central-1", "eu-north-1", "eu-south-1", "eu-west-1", "eu-west-2",
    "eu-west-3", "me-south-1", "sa-east-1",
  ]

  package static let all = names.indices.map { Region(index: UInt8($0)) }
  package static let usEast1 = Region(index: 0)

  private init(index: UInt8) { self.index = index }

  /// Nothing for a name that is not in the table.
  package init?(_ name: String) {
    guard let place = Self.names.firstIndex(of: name) else { return nil }
    index = UInt8(place)
  }

  package var description: String { Self.names[Int(index)] }
}
