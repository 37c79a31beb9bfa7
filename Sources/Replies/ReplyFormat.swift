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
  }

  /// Exactly what the CLI writes to standard output. An operation without output, and an empty one,
  /// print nothing.
  ///
  /// Text and the YAML stream go page by page, and so does the query there.
  /// Source: facts cli-v2.md, replies.
  package func render(_ reply: Reply, query: JMESPath? = nil, operation: String) throws(Failure)
    -> String
  {
    switch self {
    case .text, .yamlStream:
      var text = ""
      for part in parts(of: reply) { text += try render(Self.asked(query, part), operation) }
      return text
    case .json, .table, .yaml, .off:
      guard let value = reply.whole else { return "" }
      return try render(Self.asked(query, value), operation)
    }
  }

  private func parts(of reply: Reply) -> [JSON] {
    switch reply {
    case .single(let value):
      guard let value, value != .object(JSONObject()) || self == .text else { return [] }
      return [value]
    case .pages(let pages): return self == .text ? pages.textParts : pages.pages
    }
  }

  private func render(_ value: JSON, _ operation: String) throws(Failure) -> String {
    let isEmpty = value == .object(JSONObject())
    switch self {
    case .json: return isEmpty ? "" : value.pretty + "\n"
    case .text: return TextReply.render(value)
    case .table:
      do {
        return try TableReply.render(value, title: operation)
      } catch {
        throw Failure(message: error.message)
      }
    case .yaml: return isEmpty ? "" : YAMLReply.render(value)
    case .yamlStream: return YAMLReply.render([value])
    case .off: return ""
    }
  }

  private static func asked(_ query: JMESPath?, _ value: JSON) throws(Failure) -> JSON {
    guard let query else { return value }
    do {
      return try query.search(value)
    } catch {
      throw Failure(message: error.message)
    }
  }
}
