import Values

/// Texts of a request as patterns are held against them: their bytes in memory of their own, each
/// with a number that two different texts hardly ever share, so that most comparisons end there.
final class ComparedTexts: Hashable, @unchecked Sendable {
  struct Text {
    let hash: UInt64
    let bytes: UnsafeBufferPointer<UInt8>
  }

  let texts: UnsafeBufferPointer<Text>
  private let memory: UnsafeMutableBufferPointer<UInt8>

  init(_ texts: [[UInt8]]) {
    let memory = UnsafeMutableBufferPointer<UInt8>.allocate(
      capacity: texts.reduce(0) { $0 + $1.count })
    let list = UnsafeMutableBufferPointer<Text>.allocate(capacity: texts.count)
    var start = 0
    for (index, text) in texts.enumerated() {
      let place = UnsafeMutableBufferPointer(rebasing: memory[start..<start + text.count])
      _ = place.initialize(from: text)
      list.initializeElement(
        at: index, to: Text(hash: Self.hash(of: text), bytes: UnsafeBufferPointer(place)))
      start += text.count
    }
    self.memory = memory
    self.texts = UnsafeBufferPointer(list)
  }

  convenience init(_ texts: [String]) { self.init(texts.map { Array($0.utf8) }) }

  deinit {
    memory.deallocate()
    texts.deallocate()
  }

  static func hash(of bytes: [UInt8]) -> UInt64 {
    var fingerprint = Fingerprint()
    fingerprint.fold(bytes)
    return fingerprint.value
  }

  static func == (left: ComparedTexts, right: ComparedTexts) -> Bool {
    left.texts.elementsEqual(right.texts) { $0.bytes.elementsEqual($1.bytes) }
  }

  func hash(into hasher: inout Hasher) {
    for text in texts { hasher.combine(text.hash) }
  }
}

/// A question laid out for reading statements, for as long as the question itself lives.
struct Asking {
  let action: ComparedTexts.Text
  let resources: UnsafeBufferPointer<ComparedTexts.Text>
  /// Names that mean the principal itself, its ARN first.
  let own: UnsafeBufferPointer<ComparedTexts.Text>
  /// Names that mean its account.
  let accounts: UnsafeBufferPointer<ComparedTexts.Text>
  let isService: Bool
  let isRoot: Bool
  /// The names that stand for the one who asks, one above the other.
  let levels: PrincipalLevels
  /// Whether a permissions boundary limits the one who asks.
  var isBounded = false

  /// What the name of that place among one's own stands for.
  func level(ofName index: Int) -> PrincipalLevels {
    levels.contains(.session) && index == 0 ? .session : .holder
  }

  init(_ question: borrowing AccessQuestion, bounded: Bool) {
    self.init(question)
    isBounded = bounded
  }

  init(_ question: borrowing AccessQuestion) {
    action = question.action.folded.texts[0]
    resources = question.compared.texts
    own = question.principal.own.texts
    accounts = question.principal.accounts.texts
    isService = question.principal.isService
    isRoot = question.principal.isRoot
    levels = question.principal.levels
  }

  /// The question as another principal would ask it.
  init(_ question: borrowing AccessQuestion, as principal: borrowing Principal) {
    action = question.action.folded.texts[0]
    resources = question.compared.texts
    own = principal.own.texts
    accounts = principal.accounts.texts
    isService = principal.isService
    isRoot = principal.isRoot
    levels = principal.levels
  }
}
