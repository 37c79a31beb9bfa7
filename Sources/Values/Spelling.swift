extension String {
  /// Whether both are the same code points.
  ///
  /// `==` also takes for equal what only looks alike: é as one code point, and as a letter with an
  /// accent behind it. AWS and its clients compare bytes.
  package func isSpelled(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}
