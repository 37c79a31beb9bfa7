import Cloud
import Values

/// What was altered on the disk, and which check noticed it: the verbs `flip`, `swap-key` and
/// `replay-context`.
package enum TamperPage {
  /// What a reading of the altered record came to.
  package struct Trial {
    var done: [String]
    var reader: String
    var result: Result<[UInt8], ServiceError>
    var before: [UInt8]?

    /// `before` is the record's data as it was readable before, where it was.
    package init(
      done: [String], reader: String, before: [UInt8]?, result: Result<[UInt8], ServiceError>
    ) {
      self.done = done
      self.reader = reader
      self.before = before
      self.result = result
    }
  }

  package static func page(_ trial: Trial) -> Page {
    var page = Page()
    for (index, line) in trial.done.enumerated() { page.add(line, index == 0 ? .heading : .plain) }
    page.add("")
    switch trial.result {
    case .success(let data):
      if data == trial.before {
        page.add("\(trial.reader) reads it as before: nothing that counts was altered", .good)
      } else {
        page.add("\(trial.reader) reads other data than were put, and nothing notices", .bad)
        page.add("Without encryption nothing guards the bytes: no key, no tag, no context.")
      }
    case .failure(let error): refused(error, trial, &page)
    }
    page.add("undo   puts the bytes back", .next)
    return page
  }

  private static func refused(_ error: ServiceError, _ trial: Trial, _ page: inout Page) {
    if error.decision != nil {
      page.add("\(trial.reader) may not read it, altered or not: \(error.code)", .bad)
      page.add("as PROFILE   changes who reads", .next)
      return
    }
    page.add("\(trial.reader) reads it: \(error.code): \(error.message)", .bad)
    let checks: [(String, String)]
    switch error.cause {
    case .recordDamaged:
      checks = [
        ("KMS opens the wrapped key", "yes: key, context and KMS's own tag fit"),
        (
          "the record's tag fits",
          "no: data key, nonce, ciphertext and context must all be those of the sealing; caught here"
        ),
      ]
    case .ciphertextInvalid:
      checks = [
        (
          "KMS opens the wrapped key",
          "no: its tag covers the wrapped bytes and the context "
            + "that Kinesis gives, the ARN of the stream that is read; caught here"
        ), ("the record's tag fits", "not reached"),
      ]
    case .ciphertextOfOtherKey, .ciphertextKeyUnknown, .unknownKey:
      checks = [
        ("KMS finds the key that the wrapped bytes name", "no: there is no such key; caught here"),
        ("the record's tag fits", "not reached"),
      ]
    default:
      checks = [("KMS opens the wrapped key", "no, and not because of what was altered")]
    }
    page.add(table: checks.enumerated().map { ["  \($0 + 1)  \($1.0)", $1.1] })
  }
}
