/// A place in a list as people count, from 1.
enum Ordinal {
  /// Nothing for what is no number, and for numbers below 1.
  static func parse(_ text: String) -> Int? {
    guard let number = Int(text), number > 0 else { return nil }
    return number
  }
}

extension Array {
  /// The element that is so called, counted from 1.
  func element(called text: String) -> Element? {
    Ordinal.parse(text).flatMap { $0 <= count ? self[$0 - 1] : nil }
  }
}
