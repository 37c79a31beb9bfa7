/// Patterns of file names, as the client's own library for them reads them: `*`, `?` and `[…]`, none of
/// which stands for a `/`.
enum Glob {
  static func matches(_ name: String, _ pattern: String) -> Bool {
    matches(Array(name.unicodeScalars)[...], Array(pattern.unicodeScalars)[...])
  }

  /// Goes back to the last star only, so that it takes no longer than both lengths multiplied.
  private static func matches(
    _ name: ArraySlice<Unicode.Scalar>, _ pattern: ArraySlice<Unicode.Scalar>
  ) -> Bool {
    var (name, pattern) = (name, pattern)
    var star: (name: ArraySlice<Unicode.Scalar>, pattern: ArraySlice<Unicode.Scalar>)?
    while let first = name.first {
      if pattern.first == "*" {
        pattern.removeFirst()
        star = (name, pattern)
        continue
      }
      if let rest = step(first, pattern) {
        pattern = rest
        name.removeFirst()
        continue
      }
      guard let last = star, let skipped = last.name.first, skipped != "/" else { return false }
      star = (last.name.dropFirst(), last.pattern)
      (name, pattern) = (last.name.dropFirst(), last.pattern)
    }
    return pattern.allSatisfy { $0 == "*" }
  }

  /// What is left of the pattern behind one character; nothing when it does not fit.
  private static func step(_ scalar: Unicode.Scalar, _ pattern: ArraySlice<Unicode.Scalar>)
    -> ArraySlice<Unicode.Scalar>?
  {
    guard let first = pattern.first else { return nil }
    switch first {
    case "?": return scalar == "/" ? nil : pattern.dropFirst()
    case "[":
      guard let end = pattern.dropFirst(2).firstIndex(of: "]") else {
        return scalar == first ? pattern.dropFirst() : nil
      }
      var set = pattern[(pattern.startIndex + 1)..<end]
      let isNegated = set.first == "!"
      if isNegated { set.removeFirst() }
      var isIn = false
      while let low = set.popFirst() {
        if set.count >= 2, set.first == "-" {
          set.removeFirst()
          if let high = set.popFirst(), low <= scalar, scalar <= high { isIn = true }
        } else if low == scalar {
          isIn = true
        }
      }
      return isIn != isNegated && scalar != "/" ? pattern[(end + 1)...] : nil
    default: return scalar == first ? pattern.dropFirst() : nil
    }
  }
}
