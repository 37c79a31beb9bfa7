import Narration
import Values

/// What came of one line: texts for the terminal, and what the executable must do.
package struct Turn: Sendable {
  /// A piece of output, in the order in which it came.
  package struct Output: Hashable, Sendable {
    package var text: String
    package var isError: Bool
    /// Where the text is that of a page: what a terminal draws for its own width.
    package private(set) var page: Page?
    /// Whether its lines are to stay as they are: the answer of a command.
    var isVerbatim = false
    /// What goes into a file in place of the text, when the output is no text.
    var bytes: [UInt8]?

    init(text: String, isError: Bool, bytes: [UInt8]? = nil, page: Page? = nil) {
      self.text = text
      self.isError = isError
      self.bytes = bytes
      self.page = page
    }
  }

  /// Something outside the workbook that a line asks for.
  package enum Effect: Hashable, Sendable {
    case leave
    /// Text to put at the prompt, editable.
    case suggest(String)
    /// Read a file of the learner's disk into the lab: its path, and its name there.
    case read(path: String, name: String)
    /// Write a lab file to the learner's disk.
    case write(path: String, bytes: [UInt8])
    case clearScreen
    /// How the course goes on: an entry of its history.
    case learned(String)
    /// A drill was done: its kind and how it went, such as `alias-moved:missed`.
    case drilled(String)

    var isRead: Bool { if case .read = self { true } else { false } }
  }

  package var outputs: [Output] = []
  /// Explanation, set off from the reply.
  package var page = Page()
  /// The exit code that the AWS CLI or the verb would end with.
  package var status: Int32 = 0
  package var effects: [Effect] = []
  /// The lines of the transcript.
  package var record: [String] = []

  package init() {}

  package var reply: String { outputs.filter { !$0.isError }.map(\.text).joined() }
  package var errors: String { outputs.filter(\.isError).map(\.text).joined() }

  mutating func print(_ text: String) {
    if !text.isEmpty { outputs.append(Output(text: text, isError: false)) }
  }

  /// Bytes that may be no text: a file takes them as they are, the screen a note.
  mutating func print(_ bytes: [UInt8]) {
    guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
      let name = Gzip.isGzip(bytes) ? "gzip" : "binary"
      outputs.append(
        Output(
          text: "(\(bytes.count) bytes of \(name): put > FILE behind the command"
            + (Gzip.isGzip(bytes) ? ", then zcat FILE" : "") + ")\n", isError: false,
          bytes: bytes))
      return
    }
    print(text)
  }

  /// A page as the reply.
  mutating func print(_ page: Page) {
    if !page.isEmpty { outputs.append(Output(text: page.text, isError: false, page: page)) }
  }

  /// A page of help of the lab's own, which a terminal breaks between words.
  mutating func print(help text: String) {
    var page = Page()
    page.add(text.hasSuffix("\n") ? String(text.dropLast()) : text)
    print(page)
  }

  /// Says in sentences what stands in columns.
  mutating func narrate() {
    page = page.narrated
    for place in outputs.indices {
      guard let page = outputs[place].page?.narrated else { continue }
      outputs[place] = Output(text: page.text, isError: outputs[place].isError, page: page)
    }
  }

  /// Makes pages of the plain texts since a mark, so that a terminal breaks their lines between words.
  mutating func layOut(from mark: Int, replies: Bool) {
    for place in outputs.indices.dropFirst(mark) {
      let output = outputs[place]
      guard output.page == nil, output.bytes == nil, !output.isVerbatim,
        output.isError || replies, output.text.hasSuffix("\n")
      else { continue }
      var page = Page()
      page.add(String(output.text.dropLast()))
      outputs[place] = Output(text: output.text, isError: output.isError, page: page)
    }
  }

  mutating func complain(_ page: Page, status: Int32) {
    outputs.append(Output(text: page.text, isError: true, page: page))
    self.status = status
  }

  mutating func complain(_ text: String, status: Int32) {
    outputs.append(Output(text: text, isError: true))
    self.status = status
  }
}
