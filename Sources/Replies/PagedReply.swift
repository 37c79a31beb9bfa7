import API
import Values

/// The pages of a paginated operation, as the client keeps them.
package struct PagedReply: Hashable, Sendable {
  /// Each as the service sent it, cut where `--max-items` or a starting token cuts it.
  package var pages: [JSON]
  /// Where to go on, when there is more than was asked for.
  package var resumeToken: String?
  private let merger: PageMerger

  package init(pages: [JSON], resumeToken: String? = nil, _ pagination: Pagination) {
    self.pages = pages
    self.resumeToken = resumeToken
    merger = PageMerger(
      resultKeys: pagination.resultKeys, nonAggregateKeys: pagination.nonAggregateKeys)
  }

  /// All in one.
  package var merged: JSON {
    var merged = merger.merge(pages)
    if let resumeToken { merged.set(.string(resumeToken), at: "NextToken") }
    return merged
  }

  /// What `--output text` prints, one after the other.
  package var textParts: [JSON] {
    var parts: [JSON] = []
    for (index, page) in pages.enumerated() {
      var part: JSON = .object(JSONObject())
      for key in index == 0 ? merger.nonAggregateKeys : [] {
        part.set(PageMerger.value(at: key, in: page) ?? .null, at: key)
      }
      for key in merger.resultKeys {
        part.set(PageMerger.value(at: key, in: page) ?? .null, at: key)
      }
      parts.append(part)
    }
    if let resumeToken { parts.append(["NextToken": ["NextToken": .string(resumeToken)]]) }
    return parts
  }
}

/// Where a paginated command goes on: the service's tokens, and how many results of that page were
/// printed already.
package struct PageToken: Hashable, Sendable {
  /// A text that is no token, in the client's words.
  package struct Failure: Error, Hashable, Sendable {
    package var message: String
  }

  /// By the name of the input member, as the text has them.
  package var tokens: JSONObject
  /// Nothing where no page was cut.
  package var skip: Int?

  package init(tokens: JSONObject, skip: Int? = nil) {
    self.tokens = tokens
    self.skip = skip
  }

  /// Reads the client's form, base64 of a small JSON document; any other text is the service's own
  /// token, with `___` and a number behind it in the form of old clients.
  package init(reading text: String, inputs: [String]) throws(Failure) {
    if let bytes = Base64.decode(text), Base64.strayCharacters(in: text) == 0,
      let document = try? JSON(parsing: String(decoding: bytes, as: UTF8.self))
    {
      switch document {
      case .object(var object):
        skip = object[Self.skipName].map { $0.integer ?? 0 }
        object[Self.skipName] = nil
        tokens = object
        return
      // A list the client takes for a token of the service.
      case .array: break
      default:
        throw Failure(message: "'\(document.pythonClass)' object has no attribute 'pop'")
      }
    }
    var parts = text.split(separator: "___", omittingEmptySubsequences: false).map(String.init)
    if parts.count == inputs.count + 1 {
      if let last = parts.popLast(), let number = Int(last) {
        skip = number
      } else {
        parts = [text]
      }
    }
    guard parts.count <= inputs.count else {
      throw Failure(message: "Bad starting token: \(text)")
    }
    tokens = JSONObject(inputs.map { ($0, .null) })
    for (name, part) in zip(inputs, parts) where part != "None" { tokens[name] = .string(part) }
  }

  /// The client's form.
  package var text: String { Base64.encode(Array(JSON.object(document).line.utf8)) }

  /// Checks that the token names what the operation takes, and nothing else.
  fileprivate func check(for inputs: [String]) throws(Failure) {
    guard tokens.names.sorted() == inputs.sorted() else {
      throw Failure(message: "Bad starting token: \(JSON.object(document).pythonText)")
    }
  }

  private var document: JSONObject {
    var object = tokens
    if let skip { object[Self.skipName] = .integer(skip) }
    return object
  }

  private static let skipName = "boto_truncate_amount"
}

/// Follows the pages of an operation as the client does.
package struct PageReader {
  private let pagination: Pagination
  private let most: Int?
  private var start: PageToken
  /// Whether the next page is the one that a starting token leads to.
  private var resumes: Bool
  private var pages: [JSON] = []
  private var count = 0
  private var rest: PageToken?

  package init(_ pagination: Pagination, startingToken: String?, most: Int?)
    throws(PageToken.Failure)
  {
    self.pagination = pagination
    self.most = most
    resumes = startingToken != nil
    if let startingToken {
      start = try PageToken(reading: startingToken, inputs: pagination.inputTokens)
    } else {
      start = PageToken(tokens: JSONObject(pagination.inputTokens.map { ($0, .null) }))
    }
  }

  /// The input of the next call.
  package func input(_ input: JSON) -> JSON {
    var object = input.object ?? JSONObject()
    for member in start.tokens.members {
      object[member.name] = Self.isNone(member.value) ? nil : member.value
    }
    return .object(object)
  }

  /// What the client says of a starting token that does not fit the operation, a line each.
  package func complaints(_ options: [Member]) -> [String] {
    let given = start.tokens.members.filter { !Self.isNone($0.value) }
    let unknown = given.filter { token in !options.contains { $0.name == token.name } }
    let mistyped = given.filter { token in
      token.value.string == nil
        && options.contains { $0.name == token.name && $0.shape.kind == .string }
    }
    return unknown.map {
      "Unknown parameter in input: \"\($0.name)\", must be one of: "
        + options.map(\.name).joined(separator: ", ")
    }
      + mistyped.map {
        "Invalid type for parameter \($0.name), value: \($0.value.pythonText), "
          + "type: <class '\($0.value.pythonClass)'>, valid types: <class 'str'>"
      }
  }

  private static func isNone(_ token: JSON) -> Bool { token == .null || token == "None" }

  /// Takes a page; false when there is no reason to ask for another.
  package mutating func take(_ page: JSON) throws(PageToken.Failure) -> Bool {
    var page = page
    guard let primary = pagination.resultKeys.first else {
      pages.append(page)
      return false
    }
    var skipped = 0
    if resumes {
      skipped = start.skip ?? 0
      resume(&page, at: skipped, primary)
      resumes = false
    }
    let results = PageMerger.value(at: primary, in: page)?.array ?? []
    if let most, count + results.count > most {
      // Below zero the client counts from the end.
      let taken = most - count
      let kept = taken < 0 ? results.dropLast(Self.length(taken)) : results.prefix(taken)
      page.set(.array(Array(kept)), at: primary)
      let token = PageToken(tokens: start.tokens, skip: skipped &+ taken)
      try token.check(for: pagination.inputTokens)
      pages.append(page)
      rest = token
      return false
    }
    count += results.count
    pages.append(page)
    guard let next = next(after: page), next != start.tokens else { return false }
    if let most, count == most {
      rest = PageToken(tokens: next)
      return false
    }
    start = PageToken(tokens: next)
    return true
  }

  /// Leaves out of the first page behind a starting token what was printed before: so many results, and
  /// all that stands beside them.
  private func resume(_ page: inout JSON, at skipped: Int, _ primary: String) {
    let results = PageMerger.value(at: primary, in: page)?.array
    let rest = results.map {
      skipped < 0 ? $0.suffix(Self.length(skipped)) : $0.dropFirst(skipped)
    }
    page.set(rest.map { .array(Array($0)) } ?? .null, at: primary)
    for key in pagination.resultKeys.dropFirst() {
      switch PageMerger.value(at: key, in: page) {
      case .array: page.set([], at: key)
      case .string: page.set("", at: key)
      case .integer, .double, .bool: page.set(0, at: key)
      case .object, .null, nil: page.set(.null, at: key)
      }
    }
  }

  /// How far from the end a negative number is, of any size.
  private static func length(_ number: Int) -> Int { Int(clamping: number.magnitude) }

  private func next(after page: JSON) -> JSONObject? {
    if let key = pagination.moreResults, PageMerger.value(at: key, in: page) != .bool(true) {
      return nil
    }
    var tokens = JSONObject()
    for (input, output) in zip(pagination.inputTokens, pagination.outputTokens) {
      let token = PageMerger.value(at: output, in: page)
      tokens[input] = token == "" ? .null : token ?? .null
    }
    return tokens.values.contains { $0 != .null } ? tokens : nil
  }

  /// Whether no page was taken yet.
  package var isEmpty: Bool { pages.isEmpty }

  package var reply: PagedReply {
    PagedReply(pages: pages, resumeToken: rest?.text, pagination)
  }
}
