import API
import Cloud
import Commands
import Replies
import Values

/// A call that S3 refused, as the client tells it.
private struct S3Refusal: Error {
  var text: String

  init(_ error: ServiceError, _ operation: String) {
    if case .notSimulated = error {
      text = error.message
      return
    }
    let (code, message) = S3Refusal.told(error, operation)
    text =
      "An error occurred (\(code)) when calling the \(operation) operation: \(message)"
  }

  /// A HEAD has no body, so that the client knows the number alone.
  static func told(_ error: ServiceError, _ operation: String) -> (code: String, message: String) {
    guard operation.hasPrefix("Head") else { return (error.code, error.message) }
    switch error.code {
    case "NoSuchKey", "NoSuchBucket": return ("404", "Not Found")
    case "AccessDenied": return ("403", "Forbidden")
    default: return ("400", "Bad Request")
    }
  }
}

extension ServiceError {
  /// The code and the text as the client has them.
  func told(of operation: API.Operation) -> (code: String, message: String) {
    operation.service == "s3api" ? S3Refusal.told(self, operation.name) : (code, message)
  }
}

/// One run of an `aws s3` command: what it prints, and whether anything failed.
private struct S3Run {
  let call: Call
  /// `cp`
  let command: String
  var lines: [String] = []
  var problems: [String] = []
  /// The exit code when something failed.
  var status: Int32 = 1
  var isQuiet = false
  var onlyErrors = false
  var isDry = false
  var contentType: String?
  var contentEncoding: String?
  /// Of `--metadata`.
  var metadata: JSON?
  /// Of `--metadata-directive REPLACE`: nothing of the old object's own goes along.
  var replacesMetadata = false

  mutating func say(_ text: String) {
    if !isQuiet, !onlyErrors { lines.append((isDry ? "(dryrun) " : "") + text + "\n") }
  }

  mutating func complain(_ text: String) {
    if !isQuiet { problems.append(text + "\n") }
  }

  /// A path of the disk that leads nowhere ends the command.
  mutating func lacks(_ path: String) {
    problems.append("\naws: [ERROR]: The user-provided path \(path) does not exist.\n")
    status = 255
  }
}

extension S3CommandLine.Command {
  /// What its calls are recorded to come from.
  fileprivate var origin: Call.Origin {
    switch self {
    case .ls: .s3List
    case .cp: .s3Copy
    case .mv: .s3Move
    case .rm: .s3Remove
    case .mb: .s3MakeBucket
    case .rb: .s3RemoveBucket
    }
  }
}

extension Workbook {
  /// Runs a line of `aws s3`.
  mutating func runS3(_ line: S3CommandLine, _ turn: inout Turn) {
    guard let command = line.command else {
      return turn.print(
        help: line.known.map(S3CommandLine.help(ofKnown:)) ?? S3CommandLine.help)
    }
    if line.isHelp { return turn.print(help: S3CommandLine.help(of: command)) }
    var invocation = AWSInvocation()
    invocation.service = "s3"
    invocation.globals = line.globals
    if let operation = API.Service.named("s3api")?.operation(named: Self.first(command, line)) {
      invocation.kind = .operation(operation)
    }
    var call: Call
    do throws(Refused) {
      call = try self.call(for: invocation)
    } catch {
      return complain(of: error, &turn)
    }
    desk.unknownKey = nil
    call.origin = command.origin
    var run = S3Run(call: call, command: command.rawValue)
    run.isQuiet = line.has("--quiet")
    run.onlyErrors = line.has("--only-show-errors")
    run.isDry = line.has("--dryrun")
    run.contentType = line.value("--content-type")
    run.contentEncoding = line.value("--content-encoding")
    run.replacesMetadata = line.value("--metadata-directive") == "REPLACE"
    do throws(AWSUsageError) {
      run.metadata = try line.metadata(in: environment)
    } catch {
      turn.complain(error.text, status: error.exitCode)
      desk.remarks += AWSAdvice.lines(error.fact, ["s3", command.rawValue])
      return
    }
    // What the client refuses by itself takes no time.
    defer { desk.cloud.advance(by: Self.commandTime) }
    if !line.notSimulated.isEmpty {
      desk.remarks.append(
        "known to AWS, not simulated here: \(line.notSimulated.joined(separator: ", "))"
      )
    }
    do throws(S3Refusal) {
      switch command {
      case .ls: try list(line, &run, &turn)
      case .mb, .rb: try bucket(line, &run)
      case .rm: try remove(line, &run)
      case .cp, .mv: try copy(line, &run, &turn)
      }
    } catch {
      // Source: AWS CLI: what ends the whole command, and what one file ran into.
      let head = command == .ls ? "\naws: [ERROR]: " : "fatal error: "
      run.problems.append("\(head)\(error.text)\n")
      turn.print(run.lines.joined())
      return turn.complain(run.problems.joined(), status: command == .ls ? 254 : 1)
    }
    turn.print(run.lines.joined())
    if !run.problems.isEmpty { turn.complain(run.problems.joined(), status: run.status) }
  }

  // MARK: Calls

  /// The operation that a command asks first, which is the one that wrong credentials are told of.
  private static func first(_ command: S3CommandLine.Command, _ line: S3CommandLine) -> String {
    switch command {
    case .ls: line.paths.isEmpty ? "ListBuckets" : "ListObjectsV2"
    case .mb: "CreateBucket"
    case .rb: "DeleteBucket"
    case .rm: line.has("--recursive") ? "ListObjectsV2" : "DeleteObject"
    case .cp, .mv: if case .remote? = line.paths.first { "HeadObject" } else { "PutObject" }
    }
  }

  private mutating func send(_ name: String, _ input: JSON, _ run: S3Run) throws(S3Refusal)
    -> JSON
  {
    guard let operation = API.Service.named("s3api")?.operation(named: name) else { return .null }
    do throws(ServiceError) {
      let reply = try desk.cloud.call(operation, of: operation.service, input, run.call)
      callLog?.append(
        PerformedCall(
          service: operation.service, operation: name, input: input.setting("Body", nil),
          reply: reply, region: run.call.region.description, isExtended: false,
          command: "s3 \(run.command)"))
      return reply ?? .null
    } catch {
      throw S3Refusal(error, name == "ListObjects" ? "ListObjectsV2" : name)
    }
  }

  /// All keys under a prefix, page by page.
  private mutating func objects(
    _ bucket: String, _ prefix: String, _ delimiter: String, _ run: S3Run
  )
    throws(S3Refusal) -> (objects: [JSON], prefixes: [String])
  {
    var found: (objects: [JSON], prefixes: [String]) = ([], [])
    var token: JSON?
    repeat {
      var input = JSONObject([("Bucket", .string(bucket)), ("Prefix", .string(prefix))])
      if !delimiter.isEmpty { input["Delimiter"] = .string(delimiter) }
      input["ContinuationToken"] = token
      let page = try send("ListObjectsV2", .object(input), run)
      found.objects += page["Contents"]?.array ?? []
      found.prefixes += (page["CommonPrefixes"]?.array ?? []).compactMap { $0["Prefix"]?.string }
      token = page["NextContinuationToken"]
    } while token != nil
    return found
  }

  // MARK: ls

  private mutating func list(_ line: S3CommandLine, _ run: inout S3Run, _ turn: inout Turn)
    throws(S3Refusal)
  {
    var bucket = ""
    var prefix = ""
    switch line.paths.first {
    case .remote(let name, let key): (bucket, prefix) = (name, key)
    case .file(let text):
      bucket = String(text.prefix { $0 != "/" })
      prefix = String(text.dropFirst(bucket.count).dropFirst())
    case .standard, nil: break
    }
    if bucket.isEmpty {
      let reply = try send("ListBuckets", [:], run)
      let start = line.value("--bucket-name-prefix") ?? ""
      for found in reply["Buckets"]?.array ?? []
      where start.isEmpty || found["Name"]?.string?.hasPrefix(start) == true {
        run.say("\(Self.time(found["CreationDate"])) \(found["Name"]?.string ?? "")")
      }
      return
    }
    let isDeep = line.has("--recursive")
    let found = try objects(bucket, prefix, isDeep ? "" : "/", run)
    let folder = prefix.lastIndex(of: "/").map {
      prefix.distance(from: prefix.startIndex, to: $0) + 1
    }
    for name in found.prefixes {
      run.say(String(repeating: " ", count: 27) + "PRE " + name.dropFirst(folder ?? 0))
    }
    var total = 0
    for object in found.objects {
      let key = object["Key"]?.string ?? ""
      let size = object["Size"]?.integer ?? 0
      total += size
      let shown = line.has("--human-readable") ? Self.readable(size) : String(size)
      let padded = String(repeating: " ", count: max(0, 10 - shown.count)) + shown
      run.say(
        "\(Self.time(object["LastModified"])) \(padded) \(isDeep ? key : String(key.dropFirst(folder ?? 0)))"
      )
    }
    if line.has("--summarize") {
      let shown = line.has("--human-readable") ? Self.readable(total) : String(total)
      run.say("\nTotal Objects: \(found.objects.count)\n   Total Size: \(shown)")
    }
    // Source: AWS CLI: a path under which nothing is ends with 1.
    if found.objects.isEmpty, found.prefixes.isEmpty, !prefix.isEmpty { turn.status = 1 }
  }

  /// `2026-01-05 09:00:00` of a time in a reply.
  private static func time(_ value: JSON?) -> String {
    let text = value?.string ?? ""
    return text.prefix(10) + " " + text.dropFirst(11).prefix(8)
  }

  /// `1.2 KiB`
  private static func readable(_ size: Int) -> String {
    if size < 1024 { return "\(size) Bytes" }
    var value = Double(size)
    var unit = ""
    for name in ["KiB", "MiB", "GiB"] where value >= 1024 {
      value /= 1024
      unit = name
    }
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10) \(unit)"
  }

  // MARK: mb, rb, rm

  private mutating func bucket(_ line: S3CommandLine, _ run: inout S3Run) throws(S3Refusal) {
    guard case .remote(let name, _) = line.paths[0] else { return }
    let isMaking = line.command == .mb
    do throws(S3Refusal) {
      if isMaking {
        var input = JSONObject([("Bucket", .string(name))])
        if run.call.region != .usEast1 {
          input["CreateBucketConfiguration"] = [
            "LocationConstraint": .string(run.call.region.description)
          ]
        }
        _ = try send("CreateBucket", .object(input), run)
        run.say("make_bucket: \(name)")
      } else {
        if line.has("--force") {
          do throws(S3Refusal) {
            try removeAll(name, "", &run)
          } catch {
            // Source: AWS CLI: it removes the objects with a command of its own, which may fail.
            run.problems.append("fatal error: \(error.text)\n")
          }
          if !run.problems.isEmpty {
            run.problems.append(
              "\naws: [ERROR]: remove_bucket failed: Unable to delete all objects in the bucket, "
                + "bucket will not be deleted.\n")
            run.status = 255
            return
          }
        }
        _ = try send("DeleteBucket", ["Bucket": .string(name)], run)
        run.say("remove_bucket: \(name)")
      }
    } catch {
      run.complain(
        "\(isMaking ? "make_bucket" : "remove_bucket") failed: s3://\(name) \(error.text)")
    }
  }

  private mutating func remove(_ line: S3CommandLine, _ run: inout S3Run) throws(S3Refusal) {
    guard case .remote(let bucket, let key) = line.paths[0] else { return }
    if line.has("--recursive") { return try removeAll(bucket, key, &run, line) }
    // A bucket alone names no object: the client sends nothing that S3 would do something for.
    if key.isEmpty { return }
    if line.takes(key.split(separator: "/").last.map(String.init) ?? key) {
      removeOne(bucket, key, &run)
    }
  }

  private mutating func removeAll(
    _ bucket: String, _ prefix: String, _ run: inout S3Run, _ line: S3CommandLine? = nil
  ) throws(S3Refusal) {
    let folder = prefix.isEmpty || prefix.hasSuffix("/") ? prefix : prefix + "/"
    for object in try objects(bucket, prefix, "", run).objects {
      let key = object["Key"]?.string ?? ""
      let name = key.hasPrefix(folder) ? String(key.dropFirst(folder.count)) : key
      if line?.takes(name) != false { removeOne(bucket, key, &run) }
    }
  }

  private mutating func removeOne(_ bucket: String, _ key: String, _ run: inout S3Run) {
    do throws(S3Refusal) {
      if !run.isDry {
        _ = try send("DeleteObject", ["Bucket": .string(bucket), "Key": .string(key)], run)
      }
      run.say("delete: s3://\(bucket)/\(key)")
    } catch {
      run.complain("delete failed: s3://\(bucket)/\(key) \(error.text)")
    }
  }

  // MARK: cp, mv

  private mutating func copy(_ line: S3CommandLine, _ run: inout S3Run, _ turn: inout Turn)
    throws(S3Refusal)
  {
    let (from, to) = (line.paths[0], line.paths[1])
    guard line.has("--recursive") else {
      switch from {
      case .remote(_, let name), .file(let name):
        guard line.takes(name.split(separator: "/").last.map(String.init) ?? name) else { return }
      case .standard: break
      }
      return try copyOne(from, to, &run, &turn, moving: line.command == .mv)
    }
    switch from {
    case .remote(let bucket, let prefix):
      // A prefix without its slash means the folder, as the client takes it.
      let folder = prefix.isEmpty || prefix.hasSuffix("/") ? prefix : prefix + "/"
      for object in try objects(bucket, folder, "", run).objects {
        let key = object["Key"]?.string ?? ""
        guard line.takes(String(key.dropFirst(folder.count))) else { continue }
        try copyOne(
          .remote(bucket: bucket, key: key), Self.inside(to, String(key.dropFirst(folder.count))),
          &run, &turn, moving: line.command == .mv, isListed: true)
      }
    case .file(let name):
      let folder = name == "." || name.hasSuffix("/") ? (name == "." ? "" : name) : name + "/"
      guard folder.isEmpty || desk.files.names.contains(where: { $0.hasPrefix(folder) }) else {
        return run.lacks(name)
      }
      for file in desk.files.names
      where file.hasPrefix(folder) && line.takes(String(file.dropFirst(folder.count))) {
        try copyOne(
          .file(file), Self.inside(to, String(file.dropFirst(folder.count))), &run, &turn,
          moving: line.command == .mv)
      }
    case .standard: return
    }
  }

  /// A name inside a folder or under a prefix.
  private static func inside(_ path: S3CommandLine.Path, _ name: String) -> S3CommandLine.Path {
    switch path {
    case .remote(let bucket, let key):
      let folder = key.isEmpty || key.hasSuffix("/") ? key : key + "/"
      return .remote(bucket: bucket, key: folder + name)
    case .file(let folder):
      return .file(
        folder == "." ? name : folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)")
    case .standard: return .standard
    }
  }

  /// Where a single file goes: a path that is a folder takes the file's own name.
  private static func target(_ path: S3CommandLine.Path, _ name: String) -> S3CommandLine.Path {
    let own = name.split(separator: "/").last.map(String.init) ?? name
    switch path {
    case .remote(let bucket, let key) where key.isEmpty || key.hasSuffix("/"):
      return .remote(bucket: bucket, key: key + own)
    case .file(let folder) where folder == "." || folder.hasSuffix("/"):
      return inside(path, own)
    default: return path
    }
  }

  private mutating func copyOne(
    _ from: S3CommandLine.Path, _ to: S3CommandLine.Path, _ run: inout S3Run, _ turn: inout Turn,
    moving isMoving: Bool, isListed: Bool = false
  ) throws(S3Refusal) {
    let verb: String
    let bytes: [UInt8]
    var header: JSON = [:]
    let target: S3CommandLine.Path
    switch from {
    case .remote(let bucket, let key):
      target = Self.target(to, key)
      let isDownload = if case .remote = target { false } else { true }
      verb = isMoving ? "move" : isDownload ? "download" : "copy"
      let input: JSON = ["Bucket": .string(bucket), "Key": .string(key)]
      do throws(S3Refusal) {
        // Of a listed object the client knows what a download asks of its header.
        if !isDownload || !isListed { header = try send("HeadObject", input, run) }
      } catch {
        guard target == .standard else { throw S3Refusal.head(error, key) }
        return run.complain("download failed: \(Self.text(from)) to - \(error.text)")
      }
      if run.replacesMetadata {
        header = Self.type(of: key).map { ["ContentType": .string($0)] } ?? [:]
      }
      if run.isDry { return run.say("\(verb): \(Self.text(from)) to \(Self.text(target))") }
      if target == from, run.metadata == nil, !run.replacesMetadata {
        // Source: Amazon S3 API Reference, CopyObject: a copy in place has to change something.
        return run.complain(
          "\(verb) failed: \(Self.text(from)) to \(Self.text(target)) An error occurred "
            + "(InvalidRequest) when calling the CopyObject operation: This copy request is illegal "
            + "because it is trying to copy an object to itself without changing the object's "
            + "metadata, storage class, website redirect location or encryption attributes.")
      }
      do throws(S3Refusal) {
        bytes = Base64.decode(try send("GetObject", input, run)["Body"]?.string ?? "") ?? []
      } catch {
        return run.complain(
          "\(verb) failed: \(Self.text(from)) to \(Self.text(target)) \(error.text)")
      }
    case .file(let name):
      target = Self.target(to, name)
      verb = isMoving ? "move" : "upload"
      guard let file = desk.files[name] else {
        let folder = name.hasSuffix("/") ? name : name + "/"
        if desk.files.names.contains(where: { $0.hasPrefix(folder) }) {
          return run.complain(
            "\(verb) failed: \(folder) to \(Self.text(target)) [Errno 21] Is a directory: '\(folder)'"
          )
        }
        return run.lacks(name)
      }
      bytes = file
      if run.isDry { return run.say("\(verb): \(Self.text(from)) to \(Self.text(target))") }
    case .standard:
      // There is nothing to read from: the lab has no pipes.
      run.problems.append("\nThere is no standard input in this lab: name a lab file.\n")
      return
    }
    do throws(S3Refusal) {
      try put(bytes, header, to: target, run, &turn)
      if isMoving {
        switch from {
        case .remote(let bucket, let key):
          _ = try send("DeleteObject", ["Bucket": .string(bucket), "Key": .string(key)], run)
        case .file(let name): desk.files[name] = nil
        case .standard: break
        }
      }
    } catch {
      return run.complain(
        "\(verb) failed: \(Self.text(from)) to \(Self.text(target)) \(error.text)")
    }
    if target != .standard { run.say("\(verb): \(Self.text(from)) to \(Self.text(target))") }
  }

  private mutating func put(
    _ bytes: [UInt8], _ header: JSON, to target: S3CommandLine.Path, _ run: S3Run,
    _ turn: inout Turn
  ) throws(S3Refusal) {
    switch target {
    case .remote(let bucket, let key):
      var input = JSONObject([
        ("Bucket", .string(bucket)), ("Key", .string(key)), ("Body", .string(Base64.encode(bytes))),
      ])
      input["ContentType"] =
        run.contentType.map { .string($0) } ?? header["ContentType"]
        ?? Self.type(of: key).map { .string($0) }
      input["ContentEncoding"] =
        run.contentEncoding.map { .string($0) } ?? header["ContentEncoding"]
      // What an object says of itself goes along from bucket to bucket.
      let metadata = run.metadata ?? header["Metadata"]
      if metadata?.object?.isEmpty == false { input["Metadata"] = metadata }
      _ = try send("PutObject", .object(input), run)
    case .file(let name): desk.files[name] = bytes
    case .standard: turn.print(bytes)
    }
  }

  /// What the client guesses from a name.
  private static func type(of key: String) -> String? {
    let types = ["json": "application/json", "txt": "text/plain", "csv": "text/csv"]
    return key.split(separator: ".").last.flatMap { types[String($0)] }
  }

  private static func text(_ path: S3CommandLine.Path) -> String {
    switch path {
    case .remote(let bucket, let key): "s3://\(bucket)/\(key)"
    // The client puts its dot only in front of a bare name.
    case .file(let name): name.contains("/") ? name : "./\(name)"
    case .standard: "-"
    }
  }
}

extension S3Refusal {
  /// Source: AWS CLI: an object that is not there is named.
  fileprivate static func head(_ error: S3Refusal, _ key: String) -> S3Refusal {
    var told = error
    if told.text.contains("(404)") {
      told.text =
        "An error occurred (404) when calling the HeadObject operation: Key \"\(key)\" does not exist"
    }
    return told
  }
}
