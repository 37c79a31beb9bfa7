/// What the CLI writes to standard error.
/// Source: facts cli-v2.md, errors.
package enum RefusalText {
  /// `retries` is how often the client asked again before it gave up.
  package static func service(
    code: String, operation: String, message: String, retries: Int = 0
  ) -> String {
    "\naws: [ERROR]: An error occurred (\(code)) when calling the \(operation) operation"
      + (retries > 0 ? " (reached max retries: \(retries))" : "") + ": \(message)\n"
  }

  package static func client(_ message: String) -> String { "\naws: [ERROR]: \(message)\n" }
}
