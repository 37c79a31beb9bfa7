import Testing
import Values

@Suite struct InstantDayTests {
  @Test(arguments: [
    ("2026-02-29", false), ("2024-02-29", true), ("2100-02-29", false), ("2000-02-29", true),
    ("2026-04-31", false), ("2026-01-31", true), ("2026-13-01", false), ("0x10", false),
    ("16", true),
  ])
  func aDayHasToBeThere(_ text: String, _ isTaken: Bool) {
    #expect((Instant(parsing: text) != nil) == isTaken, "\(text)")
  }
}
