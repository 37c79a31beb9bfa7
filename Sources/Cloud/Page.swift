import Values

/// One page of a list: how many, and where it begins.
///
/// The token of the next page is the position, sealed in base64 so that nobody mistakes it for a
/// name. Simplified: it does not expire.
struct Page: Sendable {
  var limit: Int
  var start: Int

  /// `token` is the member that carries the token in.
  init(_ input: JSON, limit: String, usual: Int, token: String) throws(ServiceError) {
    self.limit = input.number(limit) ?? usual
    start = 0
    guard let text = input.optionalText(token) else { return }
    guard let bytes = Base64.decode(text),
      let place = Int(
        String(decoding: bytes.drop { $0 != UInt8(ascii: ":") }.dropFirst(), as: UTF8.self)),
      place >= 0
    else {
      // Only IAM names the limit so.
      throw limit == "MaxItems" ? .invalidMarker(text) : .invalidToken(text)
    }
    start = place
  }

  /// As KMS names them; fails with its own code for a marker that it did not give.
  init(kms input: JSON, usual: Int) throws(ServiceError) {
    do throws(ServiceError) {
      self = try Page(input, limit: "Limit", usual: usual, token: "Marker")
    } catch {
      throw .kms(.invalidMarker, "Invalid marker.")
    }
  }

  /// The token of the page after this one, when there is more.
  func next(of count: Int) -> String? {
    start + limit < count ? Base64.encode(Array("page:\(start + limit)".utf8)) : nil
  }

  func slice<Element>(_ elements: [Element]) -> ArraySlice<Element> {
    elements.dropFirst(start).prefix(limit)
  }

  /// IAM's form: the list, whether there is more, and the marker of the next page.
  func iamOutput(_ name: String, _ elements: [JSON]) -> JSON {
    let marker = next(of: elements.count)
    var members: [(String, JSON)] = [
      (name, .array(Array(slice(elements)))), ("IsTruncated", .bool(marker != nil)),
    ]
    if let marker { members.append(("Marker", .string(marker))) }
    return .object(JSONObject(members))
  }

  /// IAM's form for several lists at once: a page may end in the midst of any of them.
  func iamOutput(lists: [(name: String, elements: [JSON])]) -> JSON {
    var members: [(String, JSON)] = []
    var before = 0
    for list in lists {
      let first = min(max(start - before, 0), list.elements.count)
      let end = min(max(start + limit - before, first), list.elements.count)
      members.append((list.name, .array(Array(list.elements[first..<end]))))
      before += list.elements.count
    }
    let marker = next(of: before)
    members.append(("IsTruncated", .bool(marker != nil)))
    if let marker { members.append(("Marker", .string(marker))) }
    return .object(JSONObject(members))
  }

  /// KMS's form: the list, the marker of the next page, and whether there is one.
  func output<Element>(_ name: String, _ elements: [Element], _ json: (Element) -> JSON) -> JSON {
    var members: [(String, JSON)] = [(name, .array(slice(elements).map(json)))]
    let marker = next(of: elements.count)
    if let marker { members.append(("NextMarker", .string(marker))) }
    members.append(("Truncated", .bool(marker != nil)))
    return .object(JSONObject(members))
  }
}
