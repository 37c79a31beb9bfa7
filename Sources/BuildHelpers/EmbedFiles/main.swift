import Glibc

// Usage: EmbedFiles OUTPUT FOLDER FILE… writes a Swift file that holds each FILE as a string
// literal under its path below FOLDER.

func fail(_ message: String) -> Never {
  fputs("EmbedFiles: \(message)\n", stderr())
  exit(1)
}

/// Swift 6 refuses the C library's mutable global, so the stream is opened anew.
func stderr() -> UnsafeMutablePointer<FILE> { fdopen(2, "w") }

func read(_ path: String) -> [UInt8] {
  guard let file = fopen(path, "rb") else { fail("cannot read \(path)") }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 65_536)
  while true {
    let count = fread(&buffer, 1, buffer.count, file)
    if count == 0 { return bytes }
    bytes.append(contentsOf: buffer[..<count])
  }
}

/// The text as the body of a Swift string literal. Ten percent of the compile time of a
/// multi-line literal, so that lessons can be edited without a wait.
func literal(_ bytes: [UInt8]) -> String {
  let text = String(decoding: bytes, as: UTF8.self)
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\\": result += "\\\\"
    case "\"": result += "\\\""
    case "\n": result += "\\n"
    case "\r": result += "\\r"
    case "\t": result += "\\t"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}

let arguments = CommandLine.arguments
guard arguments.count >= 3 else { fail("usage: EmbedFiles OUTPUT FOLDER FILE…") }
let folder = arguments[2].hasSuffix("/") ? arguments[2] : arguments[2] + "/"
var source = "/// The room's text files, in order of their names.\n"
source += "enum EmbeddedFiles {\n  static let all: [(name: StaticString, text: StaticString)] = [\n"
for path in arguments.dropFirst(3) {
  let name = path.hasPrefix(folder) ? String(path.dropFirst(folder.count)) : path
  source += "    (\(literal(Array(name.utf8))), \(literal(read(path)))),\n"
}
source += "  ]\n}\n"
guard let output = fopen(arguments[1], "wb") else { fail("cannot write \(arguments[1])") }
let bytes = Array(source.utf8)
guard fwrite(bytes, 1, bytes.count, output) == bytes.count, fclose(output) == 0 else {
  fail("cannot write \(arguments[1])")
}
