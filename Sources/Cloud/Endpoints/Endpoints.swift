import Policies
import Values

/// The VPC endpoints of the network that the learner's computer stands in.
///
/// An endpoint with private DNS takes every call of its service that is sent from that network, whosever
/// credentials it bears, in the endpoint's own Region. A service that works for somebody sends its calls
/// from elsewhere.
/// Source: AWS PrivateLink Guide, access AWS services through AWS PrivateLink; control access to VPC
/// endpoints using endpoint policies.
package enum Endpoints {
  /// A service of the lab that can have an endpoint, called as policies call it. Those without a Region
  /// of their own, IAM and Organizations, are always reached over the internet.
  package enum Service: String, Hashable, Sendable, CaseIterable {
    case cloudtrail, cloudwatch, kinesis, kms, logs, s3, servicequotas, sts

    /// `com.amazonaws.us-east-1.kinesis-streams`.
    package var fullName: String {
      let name =
        switch self {
        case .kinesis: "kinesis-streams"
        case .cloudwatch: "monitoring"
        default: rawValue
        }
      return "com.amazonaws.\(Region.usEast1).\(name)"
    }
  }

  package struct Endpoint: Sendable {
    package let service: Service
    /// `vpce-…`
    package let id: String
    package fileprivate(set) var policy: AttachedPolicy
    /// The last call that did not come through it.
    fileprivate let since: UInt32
  }

  /// An endpoint that was there for a while.
  private struct Past: Sendable {
    var endpoint: Endpoint
    /// The last call that may have come through it.
    var until: UInt32
  }

  package struct State: Sendable {
    /// In the order of their services.
    package private(set) var all: [Endpoint] = []
    private var past: [Past] = []
    private(set) var stamp = PolicyStamp()
    private(set) var digest = Fingerprint()

    package init() {}

    package subscript(service: Service) -> Endpoint? { all.first { $0.service == service } }

    /// The VPC of all of them.
    package var vpc: String { "vpc-\(Endpoints.id(["vpc"]))" }

    mutating func set(_ service: Service, policy document: PolicyDocument, after event: UInt32) {
      let policy = AttachedPolicy(
        kind: .endpoint, label: "endpoint:\(service.rawValue)", arn: nil, document: document)
      if let place = all.firstIndex(where: { $0.service == service }) {
        all[place].policy = policy
      } else {
        let id = "vpce-\(Endpoints.id([service.rawValue, String(past.count)]))"
        all.append(Endpoint(service: service, id: id, policy: policy, since: event))
        all.sort { $0.service.rawValue < $1.service.rawValue }
      }
      stamp = PolicyStamp()
      digest.fold("\(service.rawValue) \(event)")
      digest.fold(document.text)
    }

    mutating func remove(_ service: Service, after event: UInt32) {
      guard let place = all.firstIndex(where: { $0.service == service }) else { return }
      past.append(Past(endpoint: all.remove(at: place), until: event))
      stamp = PolicyStamp()
      digest.fold("\(service.rawValue) \(event) off")
    }

    /// The endpoint of a service when a call was made.
    fileprivate func endpoint(of service: Service, at event: UInt32) -> Endpoint? {
      if let now = self[service], now.since < event { return now }
      return past.first {
        $0.endpoint.service == service && $0.endpoint.since < event && event <= $0.until
      }?.endpoint
    }

    fileprivate var isUnused: Bool { all.isEmpty && past.isEmpty }
  }

  /// What an endpoint lets through to which nobody gave a policy.
  /// Source: AWS PrivateLink Guide, default endpoint policy.
  package static let defaultPolicy = """
    {
      "Statement": [
        {
          "Effect": "Allow",
          "Principal": "*",
          "Action": "*",
          "Resource": "*"
        }
      ]
    }
    """

  /// Characters of an endpoint's policy.
  /// Source: Amazon VPC quotas, VPC endpoint policy size.
  package static let mostCharacters = 20_480

  /// The computer's address on the internet.
  static let publicAddress = "203.0.113.12"
  /// And in its VPC.
  static let privateAddress = "10.0.1.12"

  /// 17 hexadecimal digits, as ids of EC2 have them.
  private static func id(_ parts: [String]) -> String {
    var digest = Fingerprint()
    for part in parts { digest.fold(part) }
    let bytes = (0..<8).map { UInt8(truncatingIfNeeded: digest.value >> UInt64(56 - 8 * $0)) }
    return "0" + Hex.text(bytes)
  }
}

extension World {
  /// The endpoint that a call of a service comes through. What a service asks for somebody does not
  /// come through the caller's.
  func endpoint(for service: String, _ call: Call) -> Endpoints.Endpoint? {
    guard !endpoints.all.isEmpty, sendsFromVPC(call),
      let service = Endpoints.Service(rawValue: service)
    else { return nil }
    return endpoints[service]
  }

  /// The id of the endpoint that a call came through.
  package func endpoint(of event: Event) -> String? {
    guard !endpoints.isUnused, sendsFromVPC(event.call),
      let service = Endpoints.Service(rawValue: event.operation.service)
    else { return nil }
    return endpoints.endpoint(of: service, at: event.id)?.id
  }

  private func sendsFromVPC(_ call: Call) -> Bool {
    call.via == nil && call.region == .usEast1
      && identities[call.session].principal.kind != .service
  }
}
