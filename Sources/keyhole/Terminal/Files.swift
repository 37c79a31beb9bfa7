import Glibc

/// The learner's disk: the only place of the program that touches it.
enum Files {
  /// What the system said, and about which path.
  struct Failure: Error {
    var path: String
    var reason: String

    var text: String { "\(path): \(reason)\n" }

    init(_ path: String, _ code: Int32 = errno) {
      self.path = path
      reason = String(cString: strerror(code))
    }
  }

  /// The bytes of a file; `-` is standard input.
  static func read(_ path: String) throws(Failure) -> [UInt8] {
    let descriptor = path == "-" ? 0 : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Failure(path) }
    defer { if path != "-" { close(descriptor) } }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw Failure(path)
      }
      if count == 0 { return bytes }
      bytes += chunk[..<count]
    }
  }

  /// Whether there is a file that can be read.
  static func canRead(_ path: String) -> Bool {
    var found = stat()
    return path == "-"
      || (access(path, R_OK) == 0 && stat(path, &found) == 0 && found.st_mode & S_IFMT != S_IFDIR)
  }

  /// Writes a file beside its place and renames it, so that no reader sees half of it. What is there
  /// and no file (a device, a pipe) is written to and stays what it is.
  static func write(_ bytes: [UInt8], to path: String, mode: mode_t = 0o600) throws(Failure) {
    var found = stat()
    if stat(path, &found) == 0, found.st_mode & S_IFMT != S_IFREG {
      let descriptor = open(path, O_WRONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw Failure(path) }
      defer { close(descriptor) }
      return try put(bytes, descriptor, path)
    }
    let beside = "\(path).new"
    let descriptor = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
    // Whoever asked knows the file by its own name.
    guard descriptor >= 0 else { throw Failure(path) }
    do throws(Failure) {
      try put(bytes, descriptor, path)
    } catch {
      close(descriptor)
      unlink(beside)
      throw error
    }
    guard close(descriptor) == 0, rename(beside, path) == 0 else { throw Failure(path) }
  }

  /// Whether there is a file with other bytes. A device and a pipe have none of their own.
  static func isOther(_ path: String, than bytes: [UInt8]) -> Bool {
    var found = stat()
    guard stat(path, &found) == 0, found.st_mode & S_IFMT == S_IFREG else { return false }
    guard found.st_size == bytes.count, let there = try? read(path) else { return true }
    return there != bytes
  }

  /// What was written where, to be said.
  static func wrote(_ bytes: [UInt8], to path: String) -> String {
    "wrote \(path.contains("/") ? path : "./" + path), \(bytes.count) byte\(bytes.count == 1 ? "" : "s")\n"
  }

  static func append(_ text: String, to path: String) throws(Failure) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Failure(path) }
    defer { close(descriptor) }
    try put(Array(text.utf8), descriptor, path)
  }

  private static func put(_ bytes: [UInt8], _ descriptor: Int32, _ path: String) throws(Failure) {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress.map { $0 + done }, bytes.count - done)
      }
      if count < 0 {
        if errno == EINTR { continue }
        throw Failure(path)
      }
      done += count
    }
  }

  /// Makes a folder and those above it, for its owner alone.
  static func makeFolder(_ path: String) throws(Failure) {
    var made = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      made += (made.isEmpty || made.hasSuffix("/") ? "" : "/") + part
      if mkdir(made, 0o700) != 0, errno != EEXIST { throw Failure(made) }
    }
  }

  static func isFolder(_ path: String) -> Bool {
    var found = stat()
    return stat(path, &found) == 0 && found.st_mode & S_IFMT == S_IFDIR
  }

  /// The names in a folder, by the alphabet; hidden ones are left out.
  static func names(in path: String) throws(Failure) -> [String] {
    guard let folder = opendir(path) else { throw Failure(path) }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { place in
        place.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) {
          String(cString: $0)
        }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
  }

  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  static func move(_ path: String, to other: String) { rename(path, other) }
}
