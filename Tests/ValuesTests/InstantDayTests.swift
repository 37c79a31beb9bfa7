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

  /// On the Monday with which the lab begins.
  @Test(arguments: [
    ("2026-02", "2026-02-05T00:00:00Z"), ("02-2026", "2026-02-05T00:00:00Z"),
    ("3/7", "2026-03-07T00:00:00Z"), ("09:00", "2026-01-05T09:00:00Z"),
    ("09:00+02:00", "2026-01-05T07:00:00Z"), ("9am", "2026-01-05T09:00:00Z"),
    ("9 PM", "2026-01-05T21:00:00Z"), ("Feb 7", "2026-02-07T00:00:00Z"),
    ("Jan 31 9pm", "2026-01-31T21:00:00Z"), ("Monday", "2026-01-05T00:00:00Z"),
    ("sun", "2026-01-11T00:00:00Z"), ("Tue 09:00", "2026-01-06T09:00:00Z"),
    ("1st Sept 2026", "2026-09-01T00:00:00Z"), ("20260105T09:30", "2026-01-05T09:30:00Z"),
    ("2026-01-05T09", "2026-01-05T09:00:00Z"), ("20260206090000", "2026-02-06T09:00:00Z"),
    ("12 Jun 2013 8 pm", "2013-06-12T20:00:00Z"), ("8pm 12 Jun 2013", "2013-06-12T20:00:00Z"),
    ("12 Jun 2013 12 am", "2013-06-12T00:00:00Z"), ("2013.06.12", "2013-06-12T00:00:00Z"),
    ("12.06.2013", "2013-12-06T00:00:00Z"), ("13.06.2013", "2013-06-13T00:00:00Z"),
    ("13/06/2013", "2013-06-13T00:00:00Z"), ("2013.6.2 8am", "2013-06-02T08:00:00Z"),
    ("2013-06-12T20h28m", "2013-06-12T20:28:00Z"), ("2013-06-12 20h28m20s", "2013-06-12T20:28:20Z"),
    ("2013-06-12T20:28:20 EST", "2013-06-12T20:28:20Z"),
    ("-1", "1969-12-31T23:59:59Z"), ("20260105", "1970-08-23T11:48:25Z"),
  ])
  func whatIsLeftOutIsToday(_ text: String, _ time: String) {
    let today = Instant(parsing: "2026-01-05T10:11:12Z")
    #expect(Instant(readingAnyForm: text, on: today)?.zulu == time)
  }

  @Test func theDayLeftOutIsOneThatTheMonthHas() {
    let today = Instant(parsing: "2026-01-31")
    #expect(Instant(readingAnyForm: "2026-02", on: today)?.zulu == "2026-02-28T00:00:00Z")
  }

  @Test(arguments: [
    "never", "maybe", "2026-13", "", " ", "25:00", "am", "1767603600000", "today",
    "12 Jun 2013 13 pm", "12 Jun 2013 8", "1.2.3", "5hx", "20:00 est",
  ])
  func otherTextsAreNoTimes(_ text: String) {
    #expect(Instant(readingAnyForm: text, on: Instant(milliseconds: 0)) == nil)
  }

  @Test func withoutTodayNothingMayBeLeftOut() {
    #expect(Instant(readingAnyForm: "09:00") == nil)
    #expect(Instant(readingAnyForm: "2026-01") == nil)
  }
}
