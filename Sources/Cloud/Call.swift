import Policies
import Values

/// The index of a session in the world's table of credentials.
package typealias SessionID = Int32

/// Who calls, from where, and on whose behalf.
package struct Call: Hashable, Sendable {
  package var session: SessionID
  /// The call that this one serves; 0 for a call that the learner typed.
  package var parent: UInt32 = 0
  /// The service that forwards the caller's access, and the stream it does it for.
  package var via: ForwardedAccess? {
    get { forwarded == Self.nobody ? nil : ForwardedAccess(stream: Int32(forwarded)) }
    set {
      forwarded =
        newValue.map {
          precondition($0.stream < ForwardedAccess.mostStreams, "no stream has such a slot")
          return UInt16($0.stream)
        } ?? Self.nobody
    }
  }
  /// The stream's slot: twelve bytes are all that an event spares for its call. `create-stream` makes no
  /// stream whose slot does not fit.
  private var forwarded = Self.nobody
  private static let nobody = UInt16.max
  package var region: Region
  /// The program that sends it. Here it costs an event nothing.
  package var origin = Origin.commandLine

  /// What a call comes from, as its user agent tells.
  package enum Origin: UInt8, Sendable, CaseIterable {
    case program
    /// The command of the same name as the operation.
    case commandLine
    /// Commands that make calls of other names.
    case s3List, s3Copy, s3Move, s3Remove, s3MakeBucket, s3RemoveBucket, validateLogs

    /// `s3.ls`, as the command line names itself; nothing for a command that is one call.
    var command: String? {
      switch self {
      case .program, .commandLine: nil
      case .s3List: "s3.ls"
      case .s3Copy: "s3.cp"
      case .s3Move: "s3.mv"
      case .s3Remove: "s3.rm"
      case .s3MakeBucket: "s3.mb"
      case .s3RemoveBucket: "s3.rb"
      case .validateLogs: "cloudtrail.validate-logs"
      }
    }
  }

  /// Whether it comes from the command line, and not from a program.
  package var isTyped: Bool { origin != .program }

  /// The call of the same caller by which a service was asked that forwards this one.
  var before: Call {
    var call = self
    call.via = nil
    return call
  }

  package init(session: SessionID, region: Region) {
    self.session = session
    self.region = region
  }
}

/// A service that calls another one with its caller's own credentials.
///
/// Source: IAM User Guide, forward access sessions.
package struct ForwardedAccess: Hashable, Sendable {
  /// The slot of the stream that Kinesis works for.
  package var stream: Int32
  /// So many slots of streams a call can name.
  static let mostStreams = Int(UInt16.max)

  package init(stream: Int32) { self.stream = stream }

  /// `kinesis.us-east-1.amazonaws.com`, the value of `kms:ViaService`.
  package static func viaService(in region: Region) -> String { "kinesis.\(region).amazonaws.com" }
  /// The value of `aws:CalledVia`, and the service principal.
  package static let principal = "kinesis.amazonaws.com"
  /// The service itself, when it asks for itself.
  static let service = Principal(kind: .service, account: "", arn: principal)
}

/// What a call is about: the resource that policies are asked for.
package enum Subject: Hashable, Sendable {
  /// The action has no resource; only `*` covers it.
  case none
  /// A slot of the world's streams.
  case stream(Int32)
  /// A slot of the world's keys.
  case key(Int32)
  /// A resource that has no slot (it does not exist, or it has no policy of its own), by its ARN.
  indirect case named(ARN)

  @inline(__always)
  var isKey: Bool { if case .key = self { true } else { false } }
}
