import CLibCrypto
import Cloud
import Glibc
import Narration
import Policies
import Values
import Workbook

/// The same bytes through libcrypto alone: nonce, context, 256 bytes, tag.
final class RawSealing {
  private let cipher = EVP_CIPHER_fetch(nil, "AES-256-GCM", nil)
  private let context = EVP_CIPHER_CTX_new()
  private var key = [UInt8](repeating: 7, count: 32)
  private var nonce = [UInt8](repeating: 0, count: 12)
  private let data = [UInt8](repeating: 65, count: 256)
  private let additional = [UInt8](repeating: 3, count: 90)
  private var output = [UInt8](repeating: 0, count: 284)
  private var wrapped = [UInt8](repeating: 0, count: 64)

  init() { EVP_EncryptInit_ex2(context, cipher, key, nonce, nil) }

  /// With a new data key each, the key is wrapped as well, which takes a second pass.
  func seal(_ count: Int, newKeyEach: Bool) {
    var written: Int32 = 0
    for index in 0..<count {
      nonce[0] = UInt8(truncatingIfNeeded: index)
      nonce[1] = UInt8(truncatingIfNeeded: index >> 8)
      nonce[2] = UInt8(truncatingIfNeeded: index >> 16)
      if newKeyEach {
        EVP_EncryptInit_ex2(context, nil, data, nonce, nil)
        EVP_EncryptUpdate(context, nil, &written, additional, 90)
        EVP_EncryptUpdate(context, &wrapped, &written, key, 32)
        finish()
        key[0] = nonce[0]
        EVP_EncryptInit_ex2(context, nil, key, nonce, nil)
      } else {
        EVP_EncryptInit_ex2(context, nil, nil, nonce, nil)
      }
      EVP_EncryptUpdate(context, nil, &written, additional, 90)
      EVP_EncryptUpdate(context, &output, &written, data, 256)
      finish()
    }
  }

  private func finish() {
    var written: Int32 = 0
    var last: (UInt64, UInt64) = (0, 0)
    withUnsafeMutableBytes(of: &last) {
      let start = $0.baseAddress?.assumingMemoryBound(to: UInt8.self)
      EVP_EncryptFinal_ex(context, start, &written)
      keyhole_gcm_get_tag(context, start, 16)
    }
  }
}

/// Records put through the front door as the producer: decision, key, AES-GCM, store, journal.
enum PutWorkload {
  /// Seconds a record, the best of several tries, each in a new world.
  static func cost(of count: Int, _ model: Model, tries: Int) -> Double {
    var least = Double.infinity
    for _ in 0..<tries {
      var (cloud, stream, call) = world(model)
      // Keys of customers come again and again, as they do where order is kept for each.
      let records = (0..<64).map {
        Kinesis.NewRecord(
          data: [UInt8](repeating: 65, count: 256), partitionKey: "customer-\($0)")
      }
      let start = now()
      for index in 0..<count {
        // A shard takes 1,000 records a second: the clock goes on as it would.
        if index > 0, index.isMultiple(of: 1000) { cloud.advance(by: .seconds(1)) }
        do throws(ServiceError) {
          try cloud.put(records[index & 63], into: stream, call)
        } catch {
          print("refused: \(error)")
          exit(1)
        }
      }
      least = min(least, now() - start)
    }
    return least / Double(count)
  }

  static func world(_ model: Model) -> (Cloud, Int32, Call) {
    var workbook = Workbook(model: .described)
    workbook.explain = .off
    _ = workbook.feed(
      "aws kinesis create-stream --stream-name my-secure-stream --shard-count 1 "
        + "--key-id \(StartNames.keyID)")
    _ = workbook.feed("aws kinesis wait stream-exists --stream-name my-secure-stream")
    var cloud = workbook.desk.cloud
    cloud.setModel(model)
    guard let stream = cloud.world.streams.slot(named: "my-secure-stream", in: .usEast1),
      let producer = cloud.world.identities.session(ofProfile: "producer")
    else {
      print("the start world lacks its producer")
      exit(1)
    }
    return (cloud, stream, Call(session: producer, region: .usEast1))
  }
}

/// One question, asked anew each time.
enum DecisionWorkload {
  /// The question of a stream in use, in the start world.
  static var ofStream: PreparedDecision? {
    var (cloud, stream, call) = PutWorkload.world(.described)
    call.via = ForwardedAccess(stream: stream)
    guard let key = cloud.world.keys.slots(in: .usEast1).first else { return nil }
    cloud.advance(by: .zero)
    return cloud.prepared("kms:GenerateDataKey", on: .key(key), call)
  }

  /// A producer whose policy has two statements, and a key whose policy has five, of which the last
  /// names the producer.
  static var ofProducer: PreparedDecision? { ofProducer(keyStatements: 5) }

  static func ofProducer(keyStatements: Int, resource: String = "*") -> PreparedDecision? {
    let key = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    let role = "arn:aws:iam::123456789012:role/ProducerRole"
    let identity = """
      {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["kinesis:PutRecord", "kinesis:PutRecords"],
         "Resource": "arn:aws:kinesis:us-east-1:123456789012:stream/my-secure-stream"},
        {"Effect": "Allow", "Action": "kms:GenerateDataKey", "Resource": "\(key)"}]}
      """
    let others = (1..<keyStatements).map { number in
      """
      {"Sid": "Other\(number)", "Effect": "Allow",
       "Principal": {"AWS": "arn:aws:iam::123456789012:role/Other\(number)"},
       "Action": ["kms:Decrypt", "kms:DescribeKey"], "Resource": "\(resource)"}
      """
    }
    let named = """
      {"Sid": "Producers", "Effect": "Allow", "Principal": {"AWS": "\(role)"},
       "Action": ["kms:GenerateDataKey", "kms:DescribeKey"], "Resource": "*"}
      """
    let statements = (others + [named]).joined(separator: ", ")
    let keyPolicy = "{\"Version\": \"2012-10-17\", \"Statement\": [\(statements)]}"
    guard let own = try? PolicyDocument(parsing: identity, as: .identity),
      let keys = try? PolicyDocument(parsing: keyPolicy, as: .key)
    else { return nil }
    var policies = PolicySet()
    policies.identity = [
      AttachedPolicy(kind: .identity, label: "identity:Producer", arn: nil, document: own)
    ]
    policies.resource = AttachedPolicy(kind: .key, label: "key", arn: key, document: keys)
    var rules = DecisionRules(resourceOwner: "123456789012")
    rules.resourceMustAllow = true
    return PreparedDecision(
      question: AccessQuestion(
        principal: Principal(
          kind: .assumedRole, account: "123456789012",
          arn: "arn:aws:sts::123456789012:assumed-role/ProducerRole/app", roleARN: role,
          uniqueID: "AROAEXAMPLE:app"),
        action: "kms:GenerateDataKey", resources: [key], context: RequestContext()),
      policies: policies, rules: rules)
  }

  /// Seconds that one ruling costs.
  static func cost(_ asked: PreparedDecision, count: Int) -> Double {
    best(of: 5) { run(asked, count, withFindings: false) } / Double(count)
  }

  /// Asks `count` times, with or without the findings.
  static func run(_ asked: PreparedDecision, _ count: Int, withFindings: Bool) {
    var allowed = 0
    for _ in 0..<count {
      let isAllowed =
        withFindings ? asked.decision().verdict == .allowed : asked.ruling().isAllowed
      if isAllowed { allowed += 1 }
    }
    if allowed != count { print("a decision changed: \(allowed) of \(count)") }
  }
}

/// Every lesson from its first step to its last, by its own solutions.
enum LessonWorkload {
  static func run() {
    for entry in LessonShelf.entries {
      guard let lesson = try? entry.lesson() else {
        print("\(entry.file) does not parse")
        continue
      }
      var workbook = Workbook()
      _ = workbook.feed("lesson \(lesson.id)")
      for step in lesson.steps {
        for command in step.solutions.first ?? [] { _ = workbook.feed(command.text) }
        for quiz in step.quizzes {
          _ = workbook.feed("answer \(quiz.answer)")
        }
        _ = workbook.feed("next")
      }
      if !workbook.finished.contains(lesson.id) { print("\(lesson.id) was not finished") }
    }
  }
}
