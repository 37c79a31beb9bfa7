import Values

/// The text that a new lesson begins as: whole, true, and passing every gate.
package enum LessonSkeleton {
  package struct Failure: Error { package var problem: String }

  /// Fails for what is no id.
  package static func text(id: String) throws(Failure) -> String {
    let isName =
      !id.isEmpty
      && id.utf8.allSatisfy {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
      }
    guard isName else {
      throw Failure(
        problem: "an id has small letters, digits and dashes, not \(JSON.quoted(id))")
    }
    if LessonShelf.entry(id) != nil {
      throw Failure(problem: "there is a lesson \(id) already; lessons lists them")
    }
    let words = id.split(separator: "-").joined(separator: " ")
    return template.replacing("ID", with: id)
      .replacing("TITLE", with: words.prefix(1).uppercased() + words.dropFirst())
  }

  private static let template = """
    ---
    keyhole-lesson: 1
    id: ID
    title: TITLE
    minutes: 8
    teaches: put-record
    names: stream=orders, writer=producer
    clock: 2026-01-05T09:00:00Z
    model: documented
    ---

    # TITLE

    Say in two or three sentences what the learner will have done at the end. {stream} is filled in from
    the header.

    ```keyhole setup
    aws kinesis create-stream --stream-name orders --shard-count 1
    aws kinesis wait stream-exists --stream-name orders
    aws iam put-role-policy --role-name kinesis-producer-role --policy-name ProducerAccess --policy-document file://orders-producer.json
    ```

    <!-- step: write · teaches: put-record -->
    ## Write a record

    Say what is to be reached, not what is to be typed: put a record into {stream} as {writer}, with
    `put-record`.

    ```keyhole predict
    aws kinesis put-record --stream-name {stream} --partition-key a --data aGk= --profile {writer}
    ```

    ```keyhole check
    called kinesis:PutRecord by {writer} = ok since step
    off-path somebody-else: called kinesis:PutRecord by admin = ok since step
    ```

    <!-- feedback: somebody-else
    That was admin, and it went into {my stream}. Which option says who is calling? -->

    <details><summary>Hint: what it wants</summary>

    A stream, a partition key, data in base64, and `--profile` for who is calling.
    </details>

    <details><summary>One solution</summary>

    ```keyhole solution
    aws kinesis put-record --stream-name {stream} --partition-key a --data aGk= --profile {writer}
    ```
    </details>

    <!-- wrong: without-profile · expects: somebody-else
    aws kinesis put-record --stream-name {stream} --partition-key a --data aGk= -->

    <!-- step: question -->
    ## What does it mean?

    ```keyhole quiz
    Where does the record lie now?
    - [x] In a shard of {stream}: The reply named it.
    - [ ] With {writer}: A producer keeps nothing.
    ```

    ```keyhole summary
    - One sentence that the learner should be able to say tomorrow.
    ```

    """
}
