import Foundation
import Glibc
import Testing

/// The program's own peak of memory, as the system counts it.
@Suite(.serialized) struct PeakMemoryTests {
  /// Bytes that the program took at the most while it ran these lines.
  private func peak(of lines: [String], model: String) throws -> Int {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let script = folder.appending(path: "lines")
    try Data(lines.joined(separator: "\n").utf8).write(to: script)
    let arguments: [String] = [Program.path, "run", script.path(), "--model", model]
    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
    words.append(nil)
    var environment: [UnsafeMutablePointer<CChar>?] = [
      strdup("XDG_STATE_HOME=\(folder.path())"), nil,
    ]
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    defer {
      for word in words + environment { free(word) }
      posix_spawn_file_actions_destroy(&actions)
    }
    var id: pid_t = 0
    let problem = posix_spawn(&id, Program.path, &actions, nil, &words, &environment)
    try #require(problem == 0)
    // What the system says of a process that has ended counts the tests' own memory, from which it was
    // started: it is asked while it runs.
    var most = 0
    var status: Int32 = 0
    while waitpid(id, &status, WNOHANG) == 0 {
      most = max(most, highest(of: id) ?? 0)
      usleep(5000)
    }
    #expect(status == 0)
    return most
  }

  /// The most that a process held so far, in bytes.
  private func highest(of id: pid_t) -> Int? {
    guard let text = try? String(contentsOfFile: "/proc/\(id)/status", encoding: .utf8),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") })
    else { return nil }
    return line.split(separator: " ").compactMap { Int($0) }.first.map { $0 * 1024 }
  }

  /// Records of 256 bytes, encrypted, with keys and journal. Under the described model each has a wrapped key
  /// of 85 bytes and an event of its making to itself, for which one and a half times is too little.
  @Test(arguments: [("documented", 1.5), ("described", 2.0)])
  func aStreamTakesSoManyTimesItsPayload(model: String, limit: Double) throws {
    let stream = [
      "aws kinesis create-stream --stream-name s --shard-count 2", "wait 15s",
      "aws kinesis start-stream-encryption --stream-name s --encryption-type KMS --key-id alias/aws/kinesis",
      "wait 30s",
    ]
    let empty = try peak(of: stream, model: model)
    let load = "load --stream-name s --rate 2000/s --record-size 256 --for 100s --writer admin"
    let full = try peak(of: stream + [load], model: model)
    let payload = 200_000 * 256
    // The logs of each shard, and those of the stream and the journal, have begun a page of 2 MiB that is
    // not full yet.
    let share = Double(full - empty - (6 << 21)) / Double(payload)
    #expect(share <= limit, "\(share) × payload")
    #expect(share > 1, "the load did not come through")
  }
}
