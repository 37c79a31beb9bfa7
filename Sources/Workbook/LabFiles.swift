import Cloud
import Values

/// The files of the lab, which are not those of the learner's disk.
package struct LabFiles: Equatable, Sendable {
  private var contents = SharedMap<Content>()

  package subscript(name: String) -> [UInt8]? {
    get { contents[Self.clean(name)]?.bytes }
    set { contents[Self.clean(name)] = newValue.map { Content(written: $0) } }
  }

  package var names: [String] { contents.keys.sorted() }

  /// The names of the files that are not as they were; in no order.
  func changes(since old: LabFiles) -> [String] { contents.changes(since: old.contents) }

  /// Whether there is such a file, without a look at what is in it.
  func has(_ name: String) -> Bool { contents[Self.clean(name)] != nil }

  /// Puts bytes behind what a file has, or begins it with them.
  mutating func append(_ bytes: [UInt8], to name: String) {
    let name = Self.clean(name)
    guard var content = contents[name] else {
      contents[name] = Content(written: bytes)
      return
    }
    content.append(bytes)
    contents[name] = content
  }

  /// `./x` and `x` are one file.
  private static func clean(_ name: String) -> String {
    name.hasPrefix("./") ? String(name.dropFirst(2)) : name
  }

  /// What a file has: what was written at once, and behind it what came line by line, in chunks that all
  /// the copies of the file share.
  private struct Content: Equatable, Sendable {
    private let written: [UInt8]
    private var appended = AppendLog<UInt8>(firstCapacity: 256)

    init(written: [UInt8]) { self.written = written }

    var bytes: [UInt8] { appended.isEmpty ? written : written + appended.suffix(from: 0) }

    mutating func append(_ bytes: [UInt8]) { for byte in bytes { appended.append(byte) } }

    static func == (left: Content, right: Content) -> Bool {
      if left.written.count + left.appended.count != right.written.count + right.appended.count {
        return false
      }
      if left.written == right.written, left.appended.isCopy(of: right.appended) { return true }
      return left.bytes == right.bytes
    }
  }
}
