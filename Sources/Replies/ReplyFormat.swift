import Values

/// What a command has to print, before `--query` and `--output` had their say.
package enum Reply: Hashable, Sendable {
  /// The output of one call; nothing for an operation without output.
  case single(JSON?)
  case pages(PagedReply)

  /// The same reply with each document of the service changed.
  package func mapping(_ change: (JSON) -> JSON) -> Reply {
    switch self {
    case .single(let value): return .single(value.map(change))
    case .pages(var pages):
      pages.pages = pages.pages.map(change)
      return .pages(pages)
    }
  }

  /// The whole reply as one value: what `--output json` prints.
  package var whole: JSON? {
    switch self {
    case .single(let value): value
    case .pages(let pages): pages.merged
    }
  }
}

/// How a reply is printed: `--output`.
package enum ReplyFormat: String, CaseIterable, Sendable {
  case json, text, table, yaml
  case yamlStream = "yaml-stream"
  case off

  /// A reply that cannot be printed: the client's words, without `aws: [ERROR]:`.
  package struct Failure: Error, Hashable, Sendable {
    package var message: String
    /// What stands on standard output by then.
    package var printed = ""
  }

  /// Whether pages are printed as they come, each before the next one is asked for.
  package var streams: Bool { self == .text || self == .yamlStream }

  /// Exactly what the CLI writes to standard output. An empty reply prints nothing, and so does an
  /// operation without output, unless a query makes something of it.
  ///
  /// Text and the YAML stream go page by page, and so does the query there.
  /// Source: facts cli-v2.md, replies.
  package func render(_ reply: Reply, query: JMESPath? = nil, operation: String) throws(Failure)
    -> String
  {
    var text = ""
    for part in parts(of: reply) {
      do throws(Failure) {
        try write(try asked(query, part), operation, isShared: query != nil, reply, &text)
      } catch {
        throw Failure(message: error.message, printed: text)
      }
    }
    return text
  }

  private func parts(of reply: Reply) -> [JSON] {
    switch (self, reply) {
    case (.text, .pages(let pages)): pages.textParts
    case (.yamlStream, .pages(let pages)): pages.pages
    default: [reply.whole ?? .object(JSONObject())]
    }
  }

  private func write(
    _ value: JSON, _ operation: String, isShared: Bool, _ reply: Reply, _ text: inout String
  ) throws(Failure) {
    let isEmpty = value.object?.isEmpty == true
    switch self {
    case .json: if !isEmpty { text += value.pretty + "\n" }
    case .text: try TextReply.write(value, &text)
    case .table:
      do {
        text += try TableReply.render(value, title: operation)
      } catch {
        throw Failure(message: error.message)
      }
    case .yaml: if !isEmpty { text += YAMLReply.render(value, marksShared: isShared) }
    case .yamlStream:
      // Of pages each is an element of the stream, of a reply in one piece only what it holds.
      if case .single = reply, isEmpty { return }
      text += YAMLReply.render([value], marksShared: isShared)
    case .off: break
    }
  }

  private func asked(_ query: JMESPath?, _ value: JSON) throws(Failure) -> JSON {
    guard let query else { return value }
    do {
      // YAML shows which parts of a reply a query took twice.
      let isYAML = self == .yaml || self == .yamlStream
      return try query.search(isYAML ? value.unshared : value)
    } catch {
      throw Failure(message: error.message)
    }
  }
}
