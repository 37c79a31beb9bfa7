import API
import Cloud
import Commands
import Narration
import Replies
import Values

/// A call that the service or the client refused: what goes to standard error, and the exit code.
struct Refused: Error {
  var text: String
  var status: Int32
  /// The access key that nobody has, where it was one.
  var unknownKey: String?
  /// What stands on standard output by then.
  var printed = ""
  /// What the lab has to add.
  var advice: [String] = []
}

extension Workbook {
  /// How long a typed `aws` command takes on the lab's clock.
  /// Simplified: calls take no other time.
  static let commandTime = Duration.seconds(1)

  var environment: AWSEnvironment {
    let files = desk.files
    let settings = desk.settings
    return AWSEnvironment(
      extensions: desk.world.model == .described
        ? [.createStreamKey, .startEncryptionDefaultKey] : [],
      now: desk.world.now, readFile: { files[$0] },
      binaryFormat: { settings("cli_binary_format", of: $0) })
  }

  mutating func runAWS(_ words: [String], _ turn: inout Turn) {
    switch S3CommandLine.parse(words) {
    case .failure(let error): return refuse(error, words, &turn)
    case .success(let line):
      guard isTaken(line.globals, &turn) else { return }
      if !line.isHelp { noteSurroundings(line.globals, words) }
      return runS3(line, &turn)
    case nil: break
    }
    switch ValidateLogsLine.parse(words) {
    case .failure(let error): return refuse(error, words, &turn)
    case .success(let line):
      guard isTaken(line.globals, &turn) else { return }
      return validateLogs(line, &turn)
    case nil: break
    }
    switch AWSGrammar.parse(words, in: environment) {
    case .failure(let error): refuse(error, words, &turn)
    case .success(let invocation):
      if invocation.strayCharacters > 0 {
        desk.remarks.append(AWSAdvice.stray(invocation.strayCharacters))
      }
      if let option = invocation.takenApart { desk.remarks.append(AWSAdvice.takenApart(option)) }
      if invocation.globals.isDebug { trace(traceBefore(invocation), &turn) }
      let count = desk.cloud.journal.count
      defer { if invocation.globals.isDebug { trace(traceAfter(since: count), &turn) } }
      switch invocation.kind {
      case .help(let service, let operation):
        return turn.print(help: help(service: service, operation: operation))
      case .operation, .waiter: noteSurroundings(invocation.globals, words)
      case .skeleton, .version, .configure: break
      }
      if let most = invocation.globals.maxItems, most <= 0 {
        trace(
          ["warning: Non-positive values for --max-items may result in undefined behavior."], &turn)
      }
      do throws(Refused) {
        let query = try query(invocation.globals)
        try checkEndpoint(invocation.globals)
        if case .configure(let command) = invocation.kind {
          return configure(command, profile: invocation.globals.profile, &turn)
        }
        turn.print(try run(invocation, query))
        desk.unknownKey = nil
      } catch {
        complain(of: error, &turn)
      }
    }
  }

  /// What the client says of a line that it does not take, or of what it looks at before.
  private mutating func refuse(_ error: AWSUsageError, _ words: [String], _ turn: inout Turn) {
    do throws(Refused) {
      try lookFirst(error.stage)
      turn.complain(error.text, status: error.exitCode)
      desk.remarks += AWSAdvice.lines(error.fact, words)
    } catch {
      complain(of: error, &turn)
    }
  }

  /// Whether the client has nothing to say of the query and the endpoint.
  private mutating func isTaken(_ globals: AWSGlobals, _ turn: inout Turn) -> Bool {
    do throws(Refused) {
      try lookFirst(.operation(globals))
      return true
    } catch {
      complain(of: error, &turn)
      return false
    }
  }

  /// What the client or the service says, and a note where it does not say enough.
  mutating func complain(of refusal: Refused, _ turn: inout Turn) {
    turn.print(refusal.printed)
    turn.complain(refusal.text, status: refusal.status)
    desk.unknownKey = refusal.unknownKey
    if let key = refusal.unknownKey { desk.remarks += ErrorAdvice.unknownKey(key) }
    desk.remarks += refusal.advice
  }

  private func trace(_ lines: [String], _ turn: inout Turn) {
    turn.outputs.append(
      Turn.Output(text: lines.map { $0 + "\n" }.joined(), isError: true))
  }

  private mutating func run(_ invocation: AWSInvocation, _ query: JMESPath?) throws(Refused)
    -> String
  {
    switch invocation.kind {
    case .version: return "aws-cli/2 (imitated by Keyhole)\n"
    case .operation(let operation): return try perform(operation, invocation, query)
    case .skeleton(let form, let operation):
      let skeleton = AWSSkeleton(operation)
      guard form == .output else { return skeleton.input(form) }
      return try printed(
        .single(skeleton.outputSample), operation, query, try format(invocation))
    case .waiter(let waiter, let operation):
      guard Cloud.simulates(operation.name, of: operation.service) else {
        throw Refused(
          text:
            "\n\(operation.service) wait \(waiter.cli) is known to AWS but not simulated in this "
            + "lab.\n", status: 252, advice: AWSAdvice.lines(.notInLab(operation.service), []))
      }
      let call = try call(for: invocation)
      if let reason = wait(waiter, operation, invocation.input, call) {
        throw Refused(
          text: RefusalText.client("Waiter \(waiter.name) failed: \(reason)"), status: 255)
      }
      return ""
    case .configure, .help: return ""
    }
  }

  private func help(service: String?, operation: String?) -> String {
    AWSHelp.text(service: service, operation: operation) { service, operation in
      Cloud.simulates(operation, of: service)
    } unread: { operation in
      operation.name == "PutObject"
        ? operation.options.filter {
          !S3.membersOfPut.contains($0.name) && !$0.name.hasPrefix("SSECustomer")
        } : []
    }
  }

  // MARK: Who, where, how

  func call(for invocation: AWSInvocation) throws(Refused) -> Call {
    let name = try regionName(invocation.globals)
    let session = try session(for: invocation)
    if let endpoint = invocation.globals.endpoint, !Self.isEndpoint(endpoint) {
      throw Refused(text: RefusalText.client("Invalid endpoint: \(endpoint)"), status: 255)
    }
    guard let region = Region(name) else {
      throw Refused(
        text: RefusalText.client(
          "Could not connect to the endpoint URL: "
            + "\"https://\(invocation.service).\(name).amazonaws.com/\""), status: 255,
        advice: AWSAdvice.region(name))
    }
    return Call(session: session, region: region)
  }

  /// What the client looks at before it comes to what was wrong with a line.
  private func lookFirst(_ stage: AWSUsageError.Stage) throws(Refused) {
    switch stage {
    case .words: return
    case .operation(let globals):
      _ = try query(globals)
      try checkEndpoint(globals)
    case .input(let globals):
      _ = try query(globals)
      try checkEndpoint(globals)
      _ = try regionName(globals)
      let profile = globals.profile ?? desk.profileInUse
      let isSet = globals.profile == nil && desk.variables.exported("AWS_ACCESS_KEY_ID") != nil
      if !isSet, desk.session(ofProfile: profile) == nil, !desk.profiles.contains(profile) {
        throw unknownProfile(profile)
      }
    }
  }

  /// Source: seen in AWS CLI 2: an endpoint without a scheme is refused before the operation is read.
  private func checkEndpoint(_ globals: AWSGlobals) throws(Refused) {
    guard let endpoint = globals.endpoint else { return }
    let scheme = endpoint.prefix { $0 != ":" }
    let isScheme =
      scheme.endIndex < endpoint.endIndex && scheme.first?.isLetter == true
      && scheme.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }
    guard !isScheme else { return }
    throw Refused(
      text: "\naws: [ERROR]: An error occurred (ParamValidation): Bad value for --endpoint-url "
        + "\"\(endpoint)\": scheme is missing.  Must be of the form http://<hostname>/ or "
        + "https://<hostname>/\n", status: 252)
  }

  private func unknownProfile(_ name: String) -> Refused {
    Refused(
      text: RefusalText.client("The config profile (\(name)) could not be found"), status: 255,
      advice: profileAdvice(name))
  }

  /// Source: botocore, the check of a region's name before anything is sent.
  private static func isRegionName(_ name: String) -> Bool {
    Region(name) != nil
      || (1...63).contains(name.utf8.count) && name.first != "-" && name.last != "-"
        && !name.utf8.allSatisfy { (48...57).contains($0) }
        && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
  }

  /// An address with a scheme and a host.
  private static func isEndpoint(_ text: String) -> Bool {
    guard let mark = text.firstRange(of: "://"), mark.lowerBound > text.startIndex else {
      return false
    }
    let host = text[mark.upperBound...].prefix { $0 != "/" && $0 != ":" && $0 != "?" }
    return !host.isEmpty
      && host.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-._[]".contains($0)) }
  }

  /// `--profile` first, then credentials in variables, then AWS_PROFILE, then the verb `as`.
  private func session(for invocation: AWSInvocation) throws(Refused) -> SessionID {
    if invocation.globals.profile == nil, let key = desk.variables.exported("AWS_ACCESS_KEY_ID"),
      !key.isEmpty
    {
      // Simplified: the key alone says who calls; the lab asks for neither secret nor token.
      guard let session = desk.world.identities.session(ofAccessKey: key) else {
        throw Self.unknownKey(key, invocation)
      }
      return session
    }
    let profile = invocation.globals.profile ?? desk.profileInUse
    guard let session = desk.session(ofProfile: profile) else {
      // The profile is there, and nobody has the key that it was given.
      if let key = desk.accessKey(ofProfile: profile) { throw Self.unknownKey(key, invocation) }
      // Source: AWS CLI Command Reference, return codes: 253 for configuration that lacks something.
      if desk.profiles.contains(profile) {
        throw Refused(
          text: RefusalText.client(
            "Unable to locate credentials. You can configure credentials by running \"aws configure\"."
          ),
          status: 253)
      }
      throw unknownProfile(profile)
    }
    return session
  }

  private static func unknownKey(_ key: String, _ invocation: AWSInvocation) -> Refused {
    let service = invocation.service.hasPrefix("s3") ? "s3" : invocation.service
    return Refused(
      text: RefusalText.service(
        code: ServiceError.unknownKeyCode(service), operation: invocation.operationName,
        message: ServiceError.unknownKeyText(service)), status: 254, unknownKey: key)
  }

  /// The Region of a command that names none.
  var regionInUse: Region {
    let name =
      desk.variables.exported("AWS_REGION") ?? desk.variables.exported("AWS_DEFAULT_REGION")
      ?? desk.setting("region", of: nil)
    return name.flatMap { Region($0) } ?? .usEast1
  }

  private func regionName(_ globals: AWSGlobals) throws(Refused) -> String {
    let name =
      globals.region ?? desk.variables.exported("AWS_REGION")
      ?? desk.variables.exported("AWS_DEFAULT_REGION") ?? desk.setting(
        "region", of: globals.profile)
      ?? Region.usEast1.description
    guard Self.isRegionName(name) else {
      throw Refused(
        text: RefusalText.client(
          "Provided region_name '\(name)' doesn't match a supported format."), status: 255,
        advice: AWSAdvice.region(name))
    }
    return name
  }

  private func query(_ globals: AWSGlobals) throws(Refused) -> JMESPath? {
    guard let text = globals.query else { return nil }
    do {
      return try JMESPath(parsing: text)
    } catch {
      throw Refused(
        text: "\naws: [ERROR]: An error occurred (ParamValidation): Bad value for --query "
          + "\(text): \(error.message)\n", status: 252)
    }
  }

  // MARK: Calls

  private mutating func perform(
    _ operation: API.Operation, _ invocation: AWSInvocation, _ query: JMESPath?
  ) throws(Refused) -> String {
    let call = try call(for: invocation)
    let pagination = pagination(of: operation, invocation)
    // The client looks at its own setting when it has something to print, and asks for pages even later.
    if pagination != nil { _ = try format(invocation) }
    let timeFormat = desk.setting("cli_timestamp_format", of: invocation.globals.profile)
    if let timeFormat, timeFormat != "wire", timeFormat != "iso8601" {
      throw Refused(
        text: RefusalText.client(
          "Unknown cli_timestamp_format value: \(timeFormat), valid values are \"wire\" or "
            + "\"iso8601\""), status: 255)
    }
    defer { desk.cloud.advance(by: Self.commandTime) }
    let before = desk.cloud.journal.count
    var reply: Reply
    var refusal: Refused?
    do throws(Refused) {
      (reply, refusal) = try pages(operation, invocation, call, pagination)
    } catch {
      noteFileNames(in: invocation.input)
      noteNearKey(in: invocation.input, call, since: before)
      throw error
    }
    if timeFormat == "wire" { reply = reply.mapping { WireTime.wire($0, of: operation) } }
    if var refusal {
      // A later page was refused; those before it are printed where they are printed one by one.
      let format = try format(invocation)
      if format.streams { refusal.printed = try printed(reply, operation, query, format) }
      throw refusal
    }
    if let name = invocation.outfile { keep(&reply, in: name) }
    desk.lastReply = reply.whole
    desk.lastOperation = "aws \(operation.service) \(operation.cli)"
    callLog?.append(
      PerformedCall(
        service: operation.service, operation: operation.name, input: invocation.input,
        reply: desk.lastReply, region: call.region.description,
        isExtended: !invocation.usedExtensions.isEmpty,
        command: "\(operation.service) \(operation.cli)"))
    if operation.service == "cloudtrail" {
      desk.remarks += TrailAdvice.lines(operation.name, invocation.input, in: desk)
    }
    if operation.name == "StartQuery" { desk.remarks += queryRemarks }
    if operation.name == "PutObject" {
      let given = invocation.input.object?.members.map(\.name) ?? []
      let unread = operation.options.filter {
        given.contains($0.name) && !S3.membersOfPut.contains($0.name)
      }
      if !unread.isEmpty {
        desk.remarks.append(
          "known to AWS, not simulated here: \(unread.map(\.flag).sorted().joined(separator: ", "))"
        )
      }
    }
    return try printed(reply, operation, query, try format(invocation))
  }

  /// The name of a lab file where its text was meant is the likeliest reason for a refusal.
  private mutating func noteFileNames(in input: JSON) {
    for value in input.object?.members.compactMap(\.value.string) ?? []
    where value.contains(".") && desk.files[value] != nil {
      desk.remarks.append("\(value) is a lab file: file://\(value) gives what is in it")
    }
  }

  /// Puts what an answer streams into a lab file, and takes it out of what is printed.
  private mutating func keep(_ reply: inout Reply, in file: String) {
    guard case .single(let value?) = reply, let body = value["Body"]?.string else { return }
    desk.files[file] = Base64.decode(body) ?? []
    reply = .single(value.setting("Body", nil))
  }

  private func format(_ invocation: AWSInvocation) throws(Refused) -> ReplyFormat {
    guard
      let name = invocation.globals.output ?? desk.variables.exported("AWS_DEFAULT_OUTPUT")
        ?? desk.setting("output", of: invocation.globals.profile)
    else { return .json }
    guard let format = ReplyFormat(rawValue: name) else {
      throw Refused(text: RefusalText.client("Unknown output type: \(name)"), status: 255)
    }
    return format
  }

  private func printed(
    _ reply: Reply, _ operation: API.Operation, _ query: JMESPath?, _ format: ReplyFormat
  ) throws(Refused) -> String {
    do {
      return try format.render(reply, query: query, operation: operation.name)
    } catch {
      throw Refused(
        text: RefusalText.client(error.message), status: 255, printed: error.printed)
    }
  }

  /// How often the client asks again where a service says that it is asked too often.
  /// Source: AWS SDKs and Tools Reference Guide, retry behavior: 3 attempts in standard mode.
  private static let retries = 2

  /// `pauses` counts the seconds that a patient client waited before it asked again.
  private mutating func send(
    _ operation: API.Operation, _ input: JSON, _ call: Call, pauses: inout Int, isPatient: Bool
  ) throws(Refused) -> JSON? {
    var retries = 0
    while true {
      do throws(ServiceError) {
        return try desk.cloud.call(operation, of: operation.service, input, call)
      } catch {
        guard isPatient, error.code == "LimitExceededException", retries < Self.retries else {
          throw refused(error, operation, retries)
        }
      }
      retries += 1
      pauses += 1
      desk.cloud.advance(by: .seconds(1))
    }
  }

  private func refused(_ error: ServiceError, _ operation: API.Operation, _ retries: Int) -> Refused
  {
    if case .notSimulated(let service, let name) = error {
      return Refused(
        text: "\n\(name) of \(service) is known to AWS but not simulated in this lab.\n",
        status: 252)
    }
    let (code, message) = error.told(of: operation)
    return Refused(
      text: RefusalText.service(
        code: code, operation: operation.name, message: message, retries: retries),
      status: 254)
  }

  /// How an operation's pages are followed, unless the line asks for one itself.
  private func pagination(of operation: API.Operation, _ invocation: AWSInvocation) -> Pagination? {
    guard invocation.globals.paginates,
      !(operation.name == "ListStreams" && invocation.input["ExclusiveStartStreamName"] != nil)
    else { return nil }
    return operation.pagination
  }

  /// All pages of a paginated operation, put together as the client does; where a later one is refused,
  /// those before it and the refusal.
  private mutating func pages(
    _ operation: API.Operation, _ invocation: AWSInvocation, _ call: Call,
    _ pagination: Pagination?
  ) throws(Refused) -> (Reply, Refused?) {
    var input = invocation.input
    var pauses = 0
    guard let pagination else {
      return (.single(try send(operation, input, call, pauses: &pauses, isPatient: false)), nil)
    }
    if let size = invocation.globals.pageSize, let key = pagination.limitKey {
      input = input.setting(key, .integer(size))
    }
    defer {
      if pauses > 0 {
        desk.remarks.append(
          "the client's own requests for pages came faster than the service allows; it waited and asked "
            + "again \(pauses == 1 ? "once" : "\(pauses) times"), and the lab's clock went on by "
            + "\(pauses) s")
      }
    }
    var reader: PageReader
    do throws(PageToken.Failure) {
      reader = try PageReader(
        pagination, startingToken: invocation.globals.startingToken,
        most: invocation.globals.maxItems)
    } catch {
      throw Refused(text: RefusalText.client(error.message), status: 255)
    }
    let complaints = reader.complaints(operation.options)
    if !complaints.isEmpty {
      throw Refused(
        text: RefusalText.client(
          "An error occurred (ParamValidation): Parameter validation failed:\n"
            + complaints.joined(separator: "\n")), status: 252)
    }
    // A first page that is refused is the learner's to see; those behind it the client asks for by itself.
    var isFirst = true
    while true {
      do throws(Refused) {
        let page = try send(
          operation, reader.input(input), call, pauses: &pauses, isPatient: !isFirst)
        isFirst = false
        guard let page, try take(page, &reader) else { return (.pages(reader.reply), nil) }
      } catch {
        if reader.isEmpty { throw error }
        return (.pages(reader.reply), error)
      }
    }
  }

  private func take(_ page: JSON, _ reader: inout PageReader) throws(Refused) -> Bool {
    do {
      return try reader.take(page)
    } catch {
      throw Refused(text: RefusalText.client(error.message), status: 255)
    }
  }
}

extension JSON {
  func setting(_ name: String, _ value: JSON?) -> JSON {
    var object = self.object ?? JSONObject()
    object[name] = value
    return .object(object)
  }
}

extension AWSInvocation {
  /// The operation's API name, for a message.
  fileprivate var operationName: String {
    switch kind {
    case .operation(let operation), .waiter(_, let operation), .skeleton(_, let operation):
      operation.name
    case .help, .version, .configure: ""
    }
  }
}
