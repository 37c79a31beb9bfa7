import Cloud
import Narration
import Values

extension Desk {
  /// The last call that failed; of a call and the one that it made, the one that a learner typed.
  var lastFailure: Event? { cloud.journal.suffix(from: 0).last { $0.error != nil } }

  /// `call 12, 09:00:05: kinesis:PutRecord by user/admin`
  func title(of event: Event) -> String {
    "call \(event.id), \(event.at.timeOfDay): \(event.operation.rawValue) by "
      + world.caller(event)
  }
}
