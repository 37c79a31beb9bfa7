import API
import Clients
import Cloud
import Commands
import Replies
import Values

extension Workbook {
  /// Runs `aws cloudtrail validate-logs`.
  mutating func validateLogs(_ line: ValidateLogsLine, _ turn: inout Turn) {
    if line.isHelp { return turn.print(ValidateLogsLine.help) }
    var invocation = AWSInvocation()
    invocation.service = "cloudtrail"
    invocation.globals = line.globals
    var call: Call
    do throws(Refused) {
      call = try self.call(for: invocation)
    } catch {
      return complain(of: error, &turn)
    }
    call.origin = .validateLogs
    var times: [Instant] = []
    for text in [line.start, line.values["--end-time"] ?? desk.world.now.zulu] {
      guard let time = Instant(readingAnyForm: text, on: desk.world.now) else {
        return turn.complain(
          RefusalText.client("Unable to parse date value: \(text)"), status: 255)
      }
      times.append(time)
    }
    guard times[0] <= times[1] else {
      return turn.complain(
        RefusalText.client(
          "Invalid time range specified: start-time must occur before end-time"), status: 255)
    }
    defer { desk.cloud.advance(by: Self.commandTime) }
    var validation = LogValidation(
      trail: line.trail, from: times[0], to: times[1], in: call.region)
    validation.bucket = line.values["--s3-bucket"]
    validation.prefix = line.values["--s3-prefix"]
    validation.account = line.values["--account-id"]
    validation.isVerbose = line.isVerbose
    var failure: (text: String, status: Int32)?
    do throws(LogValidation.Failure) {
      try validation.run { (service, name, input) throws(LogValidation.Refusal) in
        try self.answer(service, name, input, call)
      }
    } catch {
      switch error {
      case .mistaken(let text): failure = (RefusalText.client(text), 255)
      case .refused(let refusal):
        failure = (
          RefusalText.service(
            code: refusal.code, operation: refusal.operation, message: refusal.message), 254
        )
      }
    }
    for line in validation.lines {
      turn.outputs.append(Turn.Output(text: line.text, isError: line.isError))
    }
    if let failure { return turn.complain(failure.text, status: failure.status) }
    if validation.foundSomethingWrong { turn.status = 1 }
    if validation.invalidLogs > 0 {
      desk.remarks.append(
        "a log file is not what CloudTrail delivered: its digest file, which is signed, has the hash "
          + "that it had")
    }
    if validation.invalidDigests > 0 {
      desk.remarks.append(
        "a digest file is gone or was altered: the next one has its place, its hash and its signature"
      )
    }
  }

  private mutating func answer(
    _ service: String, _ name: String, _ input: JSON, _ call: Call
  ) throws(LogValidation.Refusal) -> JSON {
    guard let operation = API.Service.named(service)?.operation(named: name) else { return .null }
    do throws(ServiceError) {
      return try desk.cloud.call(operation, of: operation.service, input, call) ?? .null
    } catch {
      let (code, message) = error.told(of: operation)
      throw LogValidation.Refusal(operation: name, code: code, message: message)
    }
  }
}
