/// What `like`, `=~` and `parse` look for: a regular expression, or a text with gaps.
struct Pattern: Hashable, Sendable {
  enum Kind: Sendable {
    case regex(Regex)
    case glob(Glob)
  }

  /// As it was written.
  let source: String
  let kind: Kind

  init(_ source: String, _ kind: Kind) {
    self.source = source
    self.kind = kind
  }

  func isFound(in text: String) -> Bool {
    switch kind {
    case .regex(let regex): regex.isFound(in: text)
    case .glob(let glob): glob.parts(of: text) != nil
    }
  }

  /// The texts that the gaps or the named groups stand for.
  func parts(of text: String) -> [String?]? {
    switch kind {
    case .regex(let regex):
      regex.groups(in: text).map { groups in
        regex.names.indices.compactMap { regex.names[$0] == nil ? nil : .some(groups[$0]) }
      }
    case .glob(let glob): glob.parts(of: text)
    }
  }

  static func == (left: Pattern, right: Pattern) -> Bool { left.source == right.source }
  func hash(into hasher: inout Hasher) { hasher.combine(source) }
}

/// A text with gaps, each written `*`. A gap takes as little as it can, and the last one, at the end, all
/// that is left. What stands before the first gap may begin anywhere.
/// Source: CloudWatch Logs Insights, parse: glob expressions.
struct Glob: Sendable {
  private let pieces: [String]

  init(_ pattern: String) {
    pieces = pattern.split(separator: "*", omittingEmptySubsequences: false).map(String.init)
  }

  var gaps: Int { pieces.count - 1 }

  func parts(of text: String) -> [String?]? {
    guard let first = text.utf8Index(of: pieces[0], from: 0) else { return nil }
    let bytes = text.utf8
    var place = first + pieces[0].utf8.count
    var found: [String?] = []
    for (index, piece) in pieces.enumerated().dropFirst() {
      let isRest = piece.isEmpty && index == pieces.count - 1
      guard let end = isRest ? bytes.count : text.utf8Index(of: piece, from: place) else {
        return nil
      }
      let start = bytes.index(bytes.startIndex, offsetBy: place)
      found.append(String(text[start..<bytes.index(start, offsetBy: end - place)]))
      place = end + piece.utf8.count
    }
    return found
  }
}
