import CLibCrypto
import Clients
import Cloud
import Glibc
import Narration
import Workbook

/// The same records opened by libcrypto alone.
final class RawOpening {
  private let cipher = EVP_CIPHER_fetch(nil, "AES-256-GCM", nil)
  private let context = EVP_CIPHER_CTX_new()
  private var key = [UInt8](repeating: 7, count: 32)
  private let nonce = [UInt8](repeating: 0, count: 12)
  private let additional = [UInt8](repeating: 3, count: 90)
  private var output = [UInt8](repeating: 0, count: 284)
  private var sealed = [UInt8](repeating: 0, count: 256)
  private var tag = [UInt8](repeating: 0, count: 16)
  private var wrapped = [UInt8](repeating: 0, count: 32)
  private var wrappedTag = [UInt8](repeating: 0, count: 16)

  /// Seals one record and one data key, which are then opened again and again.
  init() {
    (sealed, tag) = seal([UInt8](repeating: 65, count: 256))
    (wrapped, wrappedTag) = seal(key)
    EVP_DecryptInit_ex2(context, cipher, key, nonce, nil)
  }

  private func seal(_ plaintext: [UInt8]) -> ([UInt8], [UInt8]) {
    var body = [UInt8](repeating: 0, count: plaintext.count)
    var tag = [UInt8](repeating: 0, count: 16)
    var written: Int32 = 0
    EVP_EncryptInit_ex2(context, cipher, key, nonce, nil)
    EVP_EncryptUpdate(context, nil, &written, additional, 90)
    EVP_EncryptUpdate(context, &body, &written, plaintext, Int32(plaintext.count))
    EVP_EncryptFinal_ex(context, &output, &written)
    keyhole_gcm_get_tag(context, &tag, 16)
    return (body, tag)
  }

  /// With a data key each, that is unwrapped as well. False when a tag does not fit.
  func open(_ count: Int, newKeyEach: Bool) -> Bool {
    var isIntact = true
    for _ in 0..<count {
      if newKeyEach {
        EVP_DecryptInit_ex2(context, nil, key, nonce, nil)
        isIntact = finish(&wrapped, 32, &wrappedTag) && isIntact
        EVP_DecryptInit_ex2(context, nil, key, nonce, nil)
      } else {
        EVP_DecryptInit_ex2(context, nil, nil, nonce, nil)
      }
      isIntact = finish(&sealed, 256, &tag) && isIntact
    }
    return isIntact
  }

  private func finish(_ body: inout [UInt8], _ count: Int32, _ tag: inout [UInt8]) -> Bool {
    var written: Int32 = 0
    EVP_DecryptUpdate(context, nil, &written, additional, 90)
    EVP_DecryptUpdate(context, &output, &written, body, count)
    keyhole_gcm_set_tag(context, tag, 16)
    return EVP_DecryptFinal_ex(context, &output, &written) == 1
  }
}

/// Records read through the front door as the consumer: decision, unwrapping, AES-GCM, journal.
enum ReadWorkload {
  /// Seconds a record, the best of several tries, each of another reader's first look.
  static func cost(of count: Int, _ model: Model, tries: Int) -> Double {
    var (cloud, stream, call) = PutWorkload.world(model)
    let record = Kinesis.NewRecord(
      data: [UInt8](repeating: 65, count: 256), partitionKey: "customer-17")
    var least = Double.infinity
    do throws(ServiceError) {
      for index in 0..<count {
        if index > 0, index.isMultiple(of: 1000) { cloud.advance(by: .seconds(1)) }
        try cloud.put(record, into: stream, call)
      }
      if let consumer = cloud.world.identities.session(ofProfile: "consumer") {
        call.session = consumer
      }
      for _ in 0..<tries {
        var copy = cloud
        var iterator: String? = try copy.iterator("TRIM_HORIZON", of: 0, in: stream, call)
        var read = 0
        var time = 0.0
        while let place = iterator, read < count {
          // A large reply rests the shard for as long as it is ahead of its rate.
          copy.advance(by: .seconds(6))
          let start = now()
          let response = try copy.records(from: place, limit: 10_000, call)
          time += now() - start
          read += response.plaintexts.count
          iterator = response.next
        }
        least = min(least, time)
      }
    } catch {
      print("refused: \(error)")
      exit(1)
    }
    return least / Double(count)
  }
}

/// What opening costs in the whole chain, beside the same bytes through libcrypto alone.
func printReads() {
  let raw = RawOpening()
  let count = 100_000
  var isIntact = true
  let rawReused = best(of: 5) { isIntact = raw.open(count, newKeyEach: false) && isIntact }
  let rawFresh = best(of: 5) { isIntact = raw.open(count, newKeyEach: true) && isIntact }
  print("\nSSE GetRecords of 256 bytes, \(count) records")
  guard isIntact else { return print("libcrypto did not open what it sealed") }
  row("libcrypto alone, one data key", "\(short(rawReused / Double(count) * 1e6)) µs")
  let reused = ReadWorkload.cost(of: count, .documented, tries: 3)
  row(
    "whole chain, one data key", "\(short(reused * 1e6)) µs",
    "\(short(rawReused / Double(count) / reused)) of the raw rate")
  row("libcrypto alone, a data key each", "\(short(rawFresh / Double(count) * 1e6)) µs")
  let fresh = ReadWorkload.cost(of: count, .described, tries: 3)
  row(
    "whole chain, a data key each", "\(short(fresh * 1e6)) µs",
    "\(short(rawFresh / Double(count) / fresh)) of the raw rate")
}

/// A minute of 20,000 records a second with three readers, in the lab's own words.
func printLoad() {
  let seconds = 60
  var workbook = Workbook(model: .documented)
  workbook.explain = .off
  workbook.keepsRecord = false
  _ = workbook.feed("aws kinesis create-stream --stream-name my-secure-stream --shard-count 40")
  _ = workbook.feed("aws kinesis wait stream-exists --stream-name my-secure-stream")
  _ = workbook.feed(
    "aws kinesis start-stream-encryption --stream-name my-secure-stream --encryption-type KMS "
      + "--key-id \(StartNames.keyID)")
  _ = workbook.feed("advance 1m")
  let resting = memory().now
  let start = now()
  let turn = workbook.feed(
    "load --stream-name my-secure-stream --rate 20000/s --record-size 256 --for \(seconds)s --consumers 3"
  )
  let time = now() - start
  print("\nLoad of 20000 records a second, 3 consumers, \(seconds) s")
  guard turn.status == 0, let report = workbook.desk.loads.last else {
    return print("the load did not run to its end: \(turn.outputs.map(\.text).joined())")
  }
  row(
    "sealed \(report.stored), opened \(report.readBy.reduce(0, +))", "\(short(time * 1000)) ms",
    "\(short(Double(seconds) / time)) × real time, one thread; wall \(report.throttled) throttled")
  let grown = Double(memory().now - resting)
  row(
    "memory", "\(short(grown / 1e6)) MB",
    "\(short(grown / Double(max(1, report.stored)))) B a record")
}
