import API
import Replies
import Values

/// Where a paginated command goes on: the service's token, and how many results of that page were
/// printed already.
struct PageToken {
  var token: JSON?
  var skip = 0

  init(token: JSON? = nil, skip: Int = 0) {
    self.token = token
    self.skip = skip
  }

  /// The client's form: base64 of a small JSON document.
  init?(reading text: String) {
    guard let bytes = Base64.decode(text),
      let document = try? JSON(parsing: String(decoding: bytes, as: UTF8.self)),
      let object = document.object
    else { return nil }
    skip = object["boto_truncate_amount"]?.integer ?? 0
    token = object.members.first { $0.name != "boto_truncate_amount" }?.value
    if token == .null { token = nil }
  }

  func text(named name: String) -> String {
    var object = JSONObject([(name, token ?? .null)])
    if skip > 0 { object["boto_truncate_amount"] = .integer(skip) }
    return Base64.encode(Array(JSON.object(object).line.utf8))
  }
}

/// Follows the pages of an operation as the client does.
struct PageReader {
  private let pagination: Pagination
  private let most: Int?
  private var token: JSON?
  private var skip: Int
  private var pages: [JSON] = []
  private var count = 0
  private var rest: PageToken?

  init(_ pagination: Pagination, start: PageToken, most: Int?) {
    self.pagination = pagination
    self.most = most
    token = start.token
    skip = start.skip
  }

  func input(_ input: JSON) -> JSON {
    guard let token, let name = pagination.inputTokens.first else { return input }
    return input.setting(name, token)
  }

  /// Takes a page; false when there is no reason to ask for another.
  mutating func take(_ page: JSON) -> Bool {
    var page = page
    guard let primary = pagination.resultKeys.first else {
      pages.append(page)
      return false
    }
    var results = PageMerger.value(at: primary, in: page)?.array ?? []
    let used = token
    let skipped = skip
    if skip > 0 {
      results.removeFirst(min(skip, results.count))
      page = page.replacing(primary, .array(results))
      skip = 0
    }
    if let most, count + results.count > most {
      let taken = most - count
      page = page.replacing(primary, .array(Array(results.prefix(taken))))
      pages.append(page)
      rest = PageToken(token: used, skip: skipped + taken)
      return false
    }
    count += results.count
    pages.append(page)
    let more = pagination.moreResults.map { PageMerger.value(at: $0, in: page) == .bool(true) }
    let next = pagination.outputTokens.first.flatMap { PageMerger.value(at: $0, in: page) }
    guard more ?? (next != nil), let next, next != used else { return false }
    if let most, count == most {
      rest = PageToken(token: next)
      return false
    }
    token = next
    return true
  }

  var merged: JSON {
    let merger = PageMerger(
      resultKeys: pagination.resultKeys, nonAggregateKeys: pagination.nonAggregateKeys)
    let merged = merger.merge(pages)
    guard let rest, let name = pagination.inputTokens.first else { return merged }
    return merged.setting("NextToken", .string(rest.text(named: name)))
  }
}

extension JSON {
  /// The same value with another one at a dotted path that exists.
  fileprivate func replacing(_ path: String, _ value: JSON) -> JSON {
    guard let dot = path.firstIndex(of: ".") else { return setting(path, value) }
    let name = String(path[..<dot])
    let inner = self[name] ?? .object(JSONObject())
    return setting(name, inner.replacing(String(path[path.index(after: dot)...]), value))
  }
}
