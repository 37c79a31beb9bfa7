import Cloud
import Commands
import EncryptionSDK
import Narration
import Values

/// Who gets to see the record, the data key and the KMS key, in four ways to protect a record.
///
/// Nothing of it is written down here: each way is a few lines that run on a copy of the lab, and the matrix
/// is read off the calls that they left in the journal and the bytes that lie on the disk afterwards.
struct Visibility {
  enum Place: Int, CaseIterable {
    case client, tls, kinesis, kms, disk

    var name: String {
      switch self {
      case .client: "client"
      case .tls: "TLS"
      case .kinesis: "Kinesis"
      case .kms: "KMS"
      case .disk: "disk"
      }
    }
  }

  enum Secret: Int, CaseIterable {
    case record, dataKey, kmsKey

    var name: String {
      switch self {
      case .record: "record"
      case .dataKey: "data key"
      case .kmsKey: "KMS key"
      }
    }
  }

  /// How a secret was there, the worst of it.
  enum Form: Int, Comparable {
    case absent, sealed, clear

    static func < (one: Form, other: Form) -> Bool { one.rawValue < other.rawValue }

    var name: String {
      switch self {
      case .absent: "-"
      case .sealed: "sealed"
      case .clear: "clear"
      }
    }
  }

  /// A way to protect a record: the lines that do it.
  struct Way {
    var name: String
    var lines: [String]
  }

  /// What came of one way.
  struct Column {
    let way: Way
    private(set) var forms: [[Form]]
    /// `kinesis:PutRecord`, with who asked.
    fileprivate(set) var calls: [String] = []
    /// The line that was refused, and the code.
    fileprivate(set) var refusal: (line: String, text: String)?

    fileprivate init(_ way: Way) {
      self.way = way
      forms = Place.allCases.map { _ in Secret.allCases.map { _ in .absent } }
    }

    subscript(place: Place, secret: Secret) -> Form { forms[place.rawValue][secret.rawValue] }

    fileprivate mutating func note(_ place: Place, _ secret: Secret, _ form: Form) {
      let (row, column) = (place.rawValue, secret.rawValue)
      forms[row][column] = max(forms[row][column], form)
    }
  }

  /// What every way protects, so that it is found again wherever it lies in the clear.
  static let record = "order 4711: card 4929-1111"
  private static let file = "visibility-record.txt"
  static let stream = "my-secure-stream"

  let columns: [Column]

  init(_ ways: [Way], in workbook: Workbook) {
    columns = ways.map { VisibilityRun($0, workbook).column }
  }

  // MARK: The four ways

  /// What the roles need for it on the copy, whatever was done to their policies in the lab.
  private static func rights(key: String) -> [String] {
    func put(_ role: String, _ streamActions: String, _ keyActions: String) -> String {
      "aws iam put-role-policy --role-name \(role) --policy-name Visibility --policy-document "
        + "'{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\(streamActions)],"
        + "\"Resource\":\"arn:aws:kinesis:*:*:stream/\(stream)\"},{\"Effect\":\"Allow\",\"Action\":"
        + "[\(keyActions)],\"Resource\":\"\(key)\"}]}'"
    }
    return [
      put("kinesis-producer-role", "\"kinesis:PutRecord\"", "\"kms:GenerateDataKey\""),
      put(
        "kinesis-consumer-role", "\"kinesis:GetShardIterator\",\"kinesis:GetRecords\"",
        "\"kms:Decrypt\""),
    ]
  }

  /// The producer writes and the consumer reads, with just the permissions for it; what is made before
  /// that, and `kms encrypt`, the administrator does. A stream of that name makes way first.
  static func ways(key: String, replacing: Bool = false) -> [Way] {
    var make = rights(key: key) + ["printf '\(record)' > \(file)"]
    if replacing {
      make += [
        "aws kinesis delete-stream --stream-name \(stream) --enforce-consumer-deletion", "wait 15s",
      ]
    }
    make += ["aws kinesis create-stream --stream-name \(stream) --shard-count 1", "wait 15s"]
    let read = [
      "ITERATOR=$(aws kinesis get-shard-iterator --stream-name \(stream) --shard-id "
        + "shardId-000000000000 --shard-iterator-type TRIM_HORIZON --query ShardIterator --output text "
        + "--profile consumer)",
      "aws kinesis get-records --shard-iterator $ITERATOR --query 'Records[0].Data' --output text "
        + "--profile consumer > visibility-read.b64",
    ]
    func put(_ data: String) -> String {
      "aws kinesis put-record --stream-name \(stream) --partition-key 1 --data \(data) "
        + "--profile producer"
    }
    func cli(_ profile: String) -> String {
      "aws-encryption-cli --suppress-metadata --wrapping-keys key=\(key) profile=\(profile)"
    }
    return [
      Way(name: "no encryption", lines: make + [put("fileb://\(file)")] + read),
      Way(
        name: "server-side encryption",
        lines: make + [
          "aws kinesis start-stream-encryption --stream-name \(stream) --encryption-type KMS "
            + "--key-id \(key)", "wait 15s", put("fileb://\(file)"),
        ] + read),
      Way(
        name: "client-side, envelope",
        lines: make + [
          "\(cli("producer")) --encrypt --input \(file) --output visibility.sealed "
            + "--encryption-context purpose=orders", put("fileb://visibility.sealed"),
        ] + read + [
          "\(cli("consumer")) --decrypt --decode --input visibility-read.b64 --output "
            + "visibility.opened"
        ]),
      Way(
        name: "client-side, kms encrypt",
        lines: make + [
          "SEALED=$(aws kms encrypt --key-id \(key) --plaintext fileb://\(file) --query CiphertextBlob "
            + "--output text)", put("$SEALED"),
        ] + read + [
          "aws kms decrypt --ciphertext-blob $(cat visibility-read.b64) --query Plaintext --output text "
            + "--profile consumer"
        ]),
    ]
  }
}

/// One way, run on a copy of the lab, and what was seen on it.
private struct VisibilityRun {
  private(set) var column: Visibility.Column
  private var workbook: Workbook
  private let marker = Array(Visibility.record.utf8)

  init(_ way: Visibility.Way, _ original: Workbook) {
    column = Visibility.Column(way)
    workbook = original
    workbook.explain = .off
    workbook.keepsRecord = false
    workbook.desk.lesson = nil
    workbook.desk.drill = nil
    workbook.desk.profile = "admin"
    workbook.desk.variables = ShellVariables()
    let start = workbook.desk.cloud.journal.count
    for line in way.lines {
      let turn = workbook.feed(line)
      guard turn.status == 0 else {
        let text = turn.errors.split(separator: "\n").last.map(String.init) ?? ""
        column.refusal = (line, text)
        break
      }
    }
    look(from: start)
  }

  private mutating func look(from start: Int) {
    // What the client has in its own files, it has in the clear.
    for name in workbook.desk.files.names where holds(workbook.desk.files[name] ?? []) {
      column.note(.client, .record, .clear)
    }
    for event in workbook.desk.cloud.journal.suffix(from: start) where event.error == nil {
      let isDirect = event.call.parent == 0
      if event.operation.service == "kms" || event.operation.kind.isData {
        let who = isDirect ? "the client" : "Kinesis"
        let call = "\(event.operation.operation) by \(who)"
        if column.calls.last != call { column.calls.append(call) }
      }
      take(event, isDirect)
    }
  }

  private mutating func take(_ event: Event, _ isDirect: Bool) {
    switch event.operation {
    case .putRecord, .putRecords: carried(inputs(of: event), to: .kinesis)
    case .getRecords: returned(by: event)
    case .generateDataKey: handedOut(isDirect)
    case .encrypt:
      column.note(.kms, .kmsKey, .clear)
      if let plaintext = bytes(event, "Plaintext") {
        carried([plaintext], to: .kms)
      } else {
        // A library that wraps its data key under a further key.
        handedOut(isDirect)
      }
    case .decrypt: opened(event, isDirect)
    default: break
    }
    if case .stored(let stream, let shard, let first, let count) = event.effect {
      stored(stream, Int(shard), Int(first), Int(count))
    }
  }

  /// What a client sent to a service, which reads it at the end of TLS.
  private mutating func carried(_ pieces: [[UInt8]], to place: Visibility.Place) {
    for piece in pieces {
      let form: Visibility.Form = holds(piece) ? .clear : .sealed
      for place in [.client, .tls, place] { column.note(place, .record, form) }
      guard form == .sealed, isMessage(piece) else { continue }
      for place in [.client, .tls, place] { column.note(place, .dataKey, .sealed) }
    }
  }

  /// KMS made a data key, or opened one, and gave it to whoever asked.
  private mutating func handedOut(_ isDirect: Bool) {
    column.note(.kms, .kmsKey, .clear)
    column.note(.kms, .dataKey, .clear)
    if isDirect {
      column.note(.client, .dataKey, .clear)
      column.note(.tls, .dataKey, .clear)
    } else {
      column.note(.kinesis, .dataKey, .clear)
    }
  }

  /// Decrypt gives back what was sealed: a record, where the same call on the copy says so again, or else a
  /// data key.
  private mutating func opened(_ event: Event, _ isDirect: Bool) {
    column.note(.kms, .kmsKey, .clear)
    guard isDirect, let detail = event.detail else { return handedOut(isDirect) }
    var copy = workbook.desk.cloud
    let reply = try? copy.call(detail.operation, of: "kms", detail.input, event.call)
    guard let plaintext = reply?["Plaintext"]?.string.flatMap({ Base64.decode($0) }) else { return }
    if holds(plaintext) {
      for place in [Visibility.Place.client, .tls, .kms] { column.note(place, .record, .clear) }
    } else {
      handedOut(isDirect)
    }
  }

  private mutating func stored(_ stream: Int32, _ shard: Int, _ first: Int, _ count: Int) {
    let found = workbook.desk.world.streams[stream]
    guard found.shards.indices.contains(shard) else { return }
    for record in first..<min(first + count, found.shards[shard].count) {
      let body = found.shards[shard].body(of: record)
      column.note(.disk, .record, holds(body) ? .clear : .sealed)
      // An envelope beside the record, or a message that has its data key in it.
      if found.shards[shard][record].isEncrypted || isMessage(body) {
        column.note(.disk, .dataKey, .sealed)
      }
    }
  }

  /// What Kinesis took from the disk, and what it gave to the client.
  private mutating func returned(by event: Event) {
    guard case .stream(let slot) = event.subject,
      case .read(let shard, let first, let count, _) = event.effect
    else { return }
    for record in Int(first)..<Int(first) + Int(count) {
      let answer = workbook.desk.cloud.readBack(
        stream: slot, shard: Int(shard), record: record, event.call)
      guard case .success(let data) = answer else { continue }
      carried([data], to: .kinesis)
    }
  }

  // MARK: Bytes

  private func inputs(of event: Event) -> [[UInt8]] {
    if let one = bytes(event, "Data") { return [one] }
    return (event.detail?.input["Records"]?.array ?? []).compactMap {
      $0["Data"]?.string.flatMap { Base64.decode($0) }
    }
  }

  private func bytes(_ event: Event, _ member: String) -> [UInt8]? {
    event.detail?.input[member]?.string.flatMap { Base64.decode($0) }
  }

  private func holds(_ bytes: [UInt8]) -> Bool {
    guard bytes.count >= marker.count else { return false }
    return bytes.contains(marker)
  }

  private func isMessage(_ bytes: [UInt8]) -> Bool {
    var limits = MessageReader.Limits()
    limits.policy = .requireEncrypt
    return (try? MessageReader(bytes, limits)) != nil
  }
}

// MARK: The page

extension Visibility {
  func page() -> Page {
    var page = Page()
    page.add("Who sees what, read off real calls on a copy of the lab", .heading)
    var rows = [[""] + Place.allCases.map(\.name)]
    for column in columns {
      rows.append([column.way.name])
      if column.refusal != nil {
        rows.append(["  not drawn: refused"])
        continue
      }
      for secret in Secret.allCases {
        rows.append(
          ["  \(secret.name)"] + Place.allCases.map { column[$0, secret].name })
      }
    }
    page.add(table: rows, hasHeader: true)
    page.add("")
    for column in columns {
      page.add("\(column.way.name): \(Self.counted(column.calls))", .note)
      if let refusal = column.refusal {
        page.add("  it ended at: \(refusal.line)", .bad)
        page.add("  \(refusal.text)", .bad)
      }
    }
    for line in findings { page.add(line, .prose) }
    page.add(
      "clear: in plaintext there; sealed: only encrypted; -: never there. TLS stands for what travels "
        + "between client and service, which nobody on the way can read; visibility --lines shows what "
        + "was run.", .note)
    return page
  }

  /// The same in sentences.
  func sentences() -> Page {
    var page = Page()
    for column in columns {
      page.add("With \(column.way.name):", .prose)
      for secret in column.refusal == nil ? Secret.allCases : [] {
        var parts: [String] = []
        for form in [Form.clear, .sealed, .absent] {
          let places = Place.allCases.filter { column[$0, secret] == form }.map(\.name)
          guard !places.isEmpty else { continue }
          let words =
            form == .clear ? "in the clear at" : form == .sealed ? "sealed at" : "never at"
          parts.append("\(words) \(places.joined(separator: ", "))")
        }
        page.add("The \(secret.name) is \(parts.joined(separator: "; ")).", .prose)
      }
      if let refusal = column.refusal {
        page.add("It ended at \(refusal.line): \(refusal.text)", .prose)
      }
    }
    for line in findings { page.add(line, .prose) }
    return page
  }

  private static func counted(_ calls: [String]) -> String {
    calls.isEmpty ? "no call got through" : "from \(calls.joined(separator: ", "))"
  }

  /// What the matrix means where texts about it differ.
  private var findings: [String] {
    var lines: [String] = []
    let columns = columns.filter { $0.refusal == nil }
    if let server = columns.first(where: { $0[.kinesis, .dataKey] == .clear }),
      server[.kms, .record] == .absent
    {
      lines.append(
        "With \(server.way.name) KMS never saw the record, whatever the guide says: it made a data key, "
          + "and Kinesis sealed.")
    }
    if let direct = columns.first(where: { $0[.kms, .record] == .clear }) {
      lines.append(
        "With \(direct.way.name) KMS saw the record: it is what was sent to it.")
    }
    if let own = columns.first(where: {
      $0[.kinesis, .record] == .sealed && $0[.kms, .record] == .absent
    }) {
      lines.append("With \(own.way.name) only the client ever had the record in the clear.")
    }
    return lines
  }
}
