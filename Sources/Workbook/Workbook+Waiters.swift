import API
import Cloud
import Commands
import Replies
import Values

extension Workbook {
  /// Asks again and again, and lets the lab's clock go on in between.
  /// Fails with the client's words after `Waiter NAME failed: `.
  mutating func wait(_ waiter: Waiter, _ operation: API.Operation, _ input: JSON, _ call: Call)
    -> String?
  {
    defer { desk.cloud.advance(by: Self.commandTime) }
    var hasMatched = false
    for attempt in 1...max(1, waiter.maxAttempts) {
      var code: String?
      var message = ""
      var reply: JSON?
      do throws(ServiceError) {
        reply = try desk.cloud.call(operation, of: operation.service, input, call)
      } catch {
        code = error.code
        message = error.message
      }
      let matched = waiter.acceptors.first { $0.accepts(reply, code) }
      if matched != nil { hasMatched = true }
      if matched == nil, let code { return "An error occurred (\(code)): \(message)" }
      // The client explains with the rule that it looked at last.
      let last = (matched ?? waiter.acceptors.last)?.explanation ?? ""
      switch matched?.state {
      case "success":
        remark(on: waiter, attempt, isMet: true)
        return nil
      case "failure":
        remark(on: waiter, attempt, isMet: false)
        return "Waiter encountered a terminal failure state: \(last)"
      default: break
      }
      if attempt == waiter.maxAttempts {
        remark(on: waiter, attempt, isMet: false)
        return "Max attempts exceeded" + (hasMatched ? ". Previously accepted state: \(last)" : "")
      }
      desk.cloud.advance(by: .seconds(waiter.delay))
    }
    return "Max attempts exceeded"
  }

  private mutating func remark(on waiter: Waiter, _ attempts: Int, isMet: Bool) {
    guard attempts > 1 else { return }
    let seconds = (attempts - 1) * waiter.delay
    desk.remarks.append(
      "the waiter asked \(attempts) times, every \(waiter.delay) s"
        + "\(isMet ? "" : ", and gave up"); the lab's clock moved by \(seconds) s meanwhile")
  }
}

extension Waiter.Acceptor {
  fileprivate func accepts(_ reply: JSON?, _ code: String?) -> Bool {
    switch matcher {
    case "error": return code == expected
    case "status": return "\(code.map(Self.status) ?? 200)" == expected
    case "path": return reply.map { isExpected(found(in: $0)) } ?? false
    case "pathAll":
      guard let elements = elements(of: reply) else { return false }
      return elements.allSatisfy(isExpected)
    case "pathAny": return elements(of: reply)?.contains(where: isExpected) ?? false
    default: return false
    }
  }

  private func found(in reply: JSON) -> JSON {
    (try? JMESPath(parsing: argument).search(reply)) ?? .null
  }

  private func elements(of reply: JSON?) -> [JSON]? {
    guard let elements = reply.map(found)?.array, !elements.isEmpty else { return nil }
    return elements
  }

  private func isExpected(_ value: JSON) -> Bool {
    (value.string ?? value.line) == expected
  }

  /// The status of HTTP that a service sends with a code.
  private static func status(of code: String) -> Int {
    switch code {
    case "301", "PermanentRedirect": 301
    case "403", "AccessDenied", "AccessDeniedException", "Forbidden": 403
    case "404", "NoSuchBucket", "NoSuchEntity", "NoSuchKey", "NotFound": 404
    default: 400
    }
  }

  fileprivate var explanation: String {
    switch matcher {
    case "path": "For expression \"\(argument)\" we matched expected path: \"\(shown)\""
    case "pathAll": "For expression \"\(argument)\" all members matched expected path: \"\(shown)\""
    case "pathAny":
      "For expression \"\(argument)\" we matched expected path: \"\(shown)\" at least once"
    case "status": "Matched expected HTTP status code: \(expected)"
    default: "Matched expected service error code: \(expected)"
    }
  }

  /// Truth as the client's language prints it.
  private var shown: String {
    expected == "true" ? "True" : expected == "false" ? "False" : expected
  }
}
