import Cloud
import Glibc
import Values

/// Bytes of this process that lie in memory now, and the most that ever did.
func memory() -> (now: Int, peak: Int) {
  func kibibytes(_ name: String, of text: String) -> Int {
    for line in text.split(separator: "\n") where line.hasPrefix(name) {
      return Int(line.split { !$0.isNumber }.first ?? "") ?? 0
    }
    return 0
  }
  var bytes = [UInt8](repeating: 0, count: 8192)
  let file = open("/proc/self/status", O_RDONLY)
  defer { close(file) }
  let count = max(0, read(file, &bytes, bytes.count))
  let text = String(decoding: bytes.prefix(count), as: UTF8.self)
  return (kibibytes("VmRSS:", of: text) * 1024, kibibytes("VmHWM:", of: text) * 1024)
}

/// Streams of a million encrypted records, one a model, each in a process of its own, so that the peak
/// is its own.
func printMemory() {
  for model in ["documented", "described"] {
    var words = [strdup(CommandLine.arguments[0]), strdup("memory"), strdup(model), nil]
    defer { for word in words { free(word) } }
    var id: pid_t = 0
    fflush(nil)
    guard let path = words[0], posix_spawn(&id, path, nil, nil, &words, environ) == 0 else {
      return
    }
    var status: Int32 = 0
    waitpid(id, &status, 0)
  }
}

func measureMemory(_ model: Model) {
  print(
    "\nMemory of 1000000 encrypted records of 256 bytes, with keys and journal, model \(model.rawValue)"
  )
  let count = 1_000_000
  var (cloud, stream, call) = PutWorkload.world(model)
  let record = Kinesis.NewRecord(
    data: [UInt8](repeating: 65, count: 256), partitionKey: "load")
  let payload = Double(count * 256)
  let before = cloud
  let start = memory().now
  for index in 0..<count {
    if index > 0, index.isMultiple(of: 1000) { cloud.advance(by: .seconds(1)) }
    _ = try? cloud.put(record, into: stream, call)
  }
  let stored = cloud.world.streams[stream].shards[0].count
  func share(_ bytes: Double) -> String { "\(short(bytes / payload)) × payload" }
  row("payload", "\(short(payload / 1e6)) MB", "\(stored) records")
  let peak = Double(memory().peak - start)
  row("peak", "\(short(peak / 1e6)) MB", share(peak))
  let made = cloud.footprint
  let parts = [
    ("  sealed records", made.bodies), ("  their places", made.places),
    ("  wrapped data keys", made.wrappedKeys), ("  events of the journal", made.events),
    ("  the rest: tables, chunks not full", Int(peak) - made.used),
  ]
  for (name, bytes) in parts {
    row(name, "\(short(Double(bytes) / 1e6)) MB", share(Double(bytes)))
  }
  let limit = 1.5 * payload
  if peak > limit {
    row("over 1.5 × payload", "\(short((peak - limit) / 1e6)) MB", share(peak - limit))
    if made.wrappedKeys > count {
      print(
        "  each record has a wrapped data key of its own here, and the journal an event of its making "
          + "beside that of the put: \(short(Double(made.wrappedKeys + made.events / 2) / Double(count))) "
          + "bytes a record that a shared data key spares")
    }
  }
  let full = memory().now
  var copy = cloud
  let began = now()
  let kept = copy
  copy = before
  let cost = now() - began
  let grown = Double(memory().now - full)
  row(
    "undo", "\(short(cost * 1e6)) µs", "\(short(max(0, grown) / 1e6)) MB more")
  if kept.world.digest == copy.world.digest || copy.world.streams[stream].shards[0].count > 0 {
    print("undo did not undo")
  }
}
