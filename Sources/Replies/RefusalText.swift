/// What the CLI writes to standard error.
/// Source: facts cli-v2.md, errors.
package enum RefusalText {
  package static func service(code: String, operation: String, message: String) -> String {
    "\naws: [ERROR]: An error occurred (\(code)) when calling the \(operation) operation: "
      + "\(message)\n"
  }

  package static func client(_ message: String) -> String { "\naws: [ERROR]: \(message)\n" }
}
