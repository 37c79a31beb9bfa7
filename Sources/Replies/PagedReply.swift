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
  /// By the name of the input member.
  package var tokens: JSONObject
  package var skip: Int

  package init(tokens: JSONObject, skip: Int = 0) {
    self.tokens = tokens
    self.skip = skip
  }

  /// Reads the client's form, base64 of a small JSON document; any other text is the service's own
  /// token, with `___` and a number behind it in the form of old clients.
  package init(reading text: String, inputs: [String]) {
    tokens = JSONObject(inputs.map { ($0, .null) })
    skip = 0
    if let bytes = Base64.decode(text), Base64.strayCharacters(in: text) == 0,
      let document = try? JSON(parsing: String(decoding: bytes, as: UTF8.self)),
      let object = document.object
    {
      for member in object.members {
        switch member.name {
        case Self.skipName: skip = max(0, member.value.integer ?? 0)
        default: tokens[member.name] = member.value
        }
      }
      return
    }
    var parts = text.split(separator: "___", omittingEmptySubsequences: false).map(String.init)
    if parts.count == inputs.count + 1, let last = parts.last, let number = Int(last) {
      skip = max(0, number)
      parts.removeLast()
    } else if parts.count > inputs.count {
      parts = [text]
    }
    for (name, part) in zip(inputs, parts) where part != "None" { tokens[name] = .string(part) }
  }

  /// The client's form.
  package var text: String {
    var object = tokens
    if skip > 0 { object[Self.skipName] = .integer(skip) }
    return Base64.encode(Array(JSON.object(object).line.utf8))
  }

  private static let skipName = "boto_truncate_amount"
}

/// Follows the pages of an operation as the client does.
package struct PageReader {
  private let pagination: Pagination
  private let most: Int?
  private var start: PageToken
  private var pages: [JSON] = []
  private var count = 0
  private var rest: PageToken?

  package init(_ pagination: Pagination, startingToken: String?, most: Int?) {
    self.pagination = pagination
    self.most = most
    start =
      startingToken.map { PageToken(reading: $0, inputs: pagination.inputTokens) }
      ?? PageToken(tokens: JSONObject(pagination.inputTokens.map { ($0, .null) }))
  }

  /// The input of the next call.
  package func input(_ input: JSON) -> JSON {
    var object = input.object ?? JSONObject()
    for member in start.tokens.members {
      object[member.name] = member.value == .null ? nil : member.value
    }
    return .object(object)
  }

  /// Takes a page; false when there is no reason to ask for another.
  package mutating func take(_ page: JSON) -> Bool {
    var page = page
    guard let primary = pagination.resultKeys.first else {
      pages.append(page)
      return false
    }
    var results = PageMerger.value(at: primary, in: page)?.array ?? []
    let skipped = start.skip
    if skipped > 0 {
      results.removeFirst(min(skipped, results.count))
      page.set(.array(results), at: primary)
      // What stands beside was printed with the first part.
      for key in pagination.resultKeys.dropFirst() {
        guard let value = PageMerger.value(at: key, in: page) else { continue }
        if value.array != nil { page.set([], at: key) }
        if value.string != nil { page.set("", at: key) }
      }
      start.skip = 0
    }
    if let most, count + results.count > most {
      let taken = max(0, most - count)
      page.set(.array(Array(results.prefix(taken))), at: primary)
      pages.append(page)
      rest = PageToken(tokens: start.tokens, skip: skipped + taken)
      return false
    }
    count += results.count
    pages.append(page)
    guard let next = next(after: page), next != start.tokens else { return false }
    if let most, count == most {
      rest = PageToken(tokens: next)
      return false
    }
    start.tokens = next
    return true
  }

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

  package var reply: PagedReply {
    PagedReply(pages: pages, resumeToken: rest?.text, pagination)
  }
}
