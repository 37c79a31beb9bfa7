import Testing
import Values

@testable import Insights

/// A handful of events that every clause is tried on.
enum Sample {
  static let start = Instant(milliseconds: 1_767_603_600_000)  // 2026-01-05 09:00:00

  static let messages: [(second: Int64, text: String)] = [
    (
      0,
      #"{"eventName":"GenerateDataKey","eventSource":"kms.amazonaws.com","user":{"arn":"arn:producer","tags":["a","b"]},"ms":12,"ip":"10.0.0.1","ok":true,"file":"f10"}"#
    ),
    (
      60,
      #"{"eventName":"Decrypt","eventSource":"kms.amazonaws.com","errorCode":"AccessDenied","user":{"arn":"arn:consumer"},"ms":7,"ip":"2001:db8::1","ok":false,"file":"f9"}"#
    ),
    (
      120,
      #"{"eventName":"PutRecord","eventSource":"kinesis.amazonaws.com","user":{"arn":"arn:producer"},"ms":30.5,"ip":"192.168.1.9","items":[{"id":5},{"id":6}]}"#
    ),
    (
      300,
      #"{"eventName":"Decrypt","eventSource":"kms.amazonaws.com","errorCode":"AccessDenied","user":{"arn":"arn:consumer"},"ms":9}"#
    ),
    (301, "25 May [ERROR] user=alice, method:GET, latency := 42"),
    (
      600,
      #"{"eventName":"GenerateDataKey","eventSource":"kms.amazonaws.com","errorCode":"ThrottlingException","user":{"arn":"arn:other"},"ms":3,"a-b":"x","@odd":1,"context":{"aws:kinesis:arn":"arn:orders"}}"#
    ),
  ]

  static var rows: LogEventRows {
    LogEventRows(
      messages.map {
        LogEvent(
          at: start + .seconds($0.second), ingested: start + .seconds($0.second + 2), stream: "s1",
          message: $0.text)
      }, log: "123456789012:trail")
  }

  static func run(_ query: String) throws -> InsightsResult {
    try InsightsQuery(query).run(over: rows, now: start + .seconds(3600))
  }

  /// Columns and rows; `-` where a field is missing.
  static func table(_ query: String) throws -> [[String]] {
    let result = try run(query)
    return [result.columns] + result.rows.map { row in row.map { $0.shown ?? "-" } }
  }
}

struct QueryRow: CustomTestStringConvertible, Sendable {
  var query: String
  var table: [[String]]
  var testDescription: String { query }

  init(_ query: String, _ table: [[String]]) {
    self.query = query
    self.table = table
  }
}

@Suite struct QueryTests {
  static let rows: [QueryRow] = [
    // fields, display
    .init(
      "fields eventName, ms | filter ms > 10",
      [["eventName", "ms"], ["PutRecord", "30.5"], ["GenerateDataKey", "12"]]),
    .init(
      "FIELDS eventName\n# a remark\n| FIELDS ms * 2 AS double | filter double = 14",
      [["eventName", "double"], ["Decrypt", "14"]]),
    .init(
      "fields ms | display eventName | display ip, ms | limit 1", [["ip", "ms"], ["-", "3"]]),
    .init("fields ms + 1 | limit 1", [["ms + 1"], ["4"]]),
    .init("filter ms = 3 | display eventName as what", [["what"], ["GenerateDataKey"]]),
    .init(
      "limit 1 | display @timestamp, @ingestionTime, @logStream, @log",
      [
        ["@timestamp", "@ingestionTime", "@logStream", "@log"],
        ["2026-01-05 09:10:00.000", "2026-01-05 09:10:02.000", "s1", "123456789012:trail"],
      ]),
    // names
    .init(
      "fields user.arn, user.tags.1 | filter ispresent(user.tags)",
      [["user.arn", "user.tags.1"], ["arn:producer", "b"]]),
    .init("fields items[1].id | filter ispresent(items)", [["items.1.id"], ["6"]]),
    .init("fields user.tags | filter ispresent(user.tags)", [["user.tags"], [#"["a","b"]"#]]),
    .init("fields `a-b`, @@odd | limit 1", [["a-b", "@@odd"], ["x", "1"]]),
    .init("fields context.`aws:kinesis:arn` as s | limit 1", [["s"], ["arn:orders"]]),
    .init("fields `context.aws:kinesis:arn` as s | limit 1", [["s"], ["arn:orders"]]),
    // filter
    .init("filter eventName = 'Decrypt' and ms < 8 | display ms", [["ms"], ["7"]]),
    .init(
      "filter eventName = 'PutRecord' or errorCode = \"ThrottlingException\" | display ms",
      [["ms"], ["3"], ["30.5"]]),
    .init(
      "filter not ispresent(errorCode) and ispresent(ms) | display ms", [["ms"], ["30.5"], ["12"]]),
    .init("filter not (ms > 5) and ispresent(ms) | display ms", [["ms"], ["3"]]),
    .init("filter ms >= 9 | filter ms <= 12 | display ms", [["ms"], ["9"], ["12"]]),
    .init(
      "filter errorCode != 'AccessDenied' | display ms", [["ms"], ["3"], ["-"], ["30.5"], ["12"]]),
    .init("filter @message like 'ERROR' | display @logStream", [["@logStream"], ["s1"]]),
    .init("filter eventName like 'decrypt' | display ms", [["ms"]]),
    .init("filter eventName like /(?i)^decr/ | display ms", [["ms"], ["9"], ["7"]]),
    .init("filter eventName =~ /Key$/ | display ms", [["ms"], ["3"], ["12"]]),
    .init(
      "filter eventName not like /Key$/ and ispresent(ms) | display ms",
      [["ms"], ["9"], ["30.5"], ["7"]]),
    .init("filter eventName in ['PutRecord', \"Other\"] | display ms", [["ms"], ["30.5"]]),
    .init("filter ms not in [3, 7, 9] and ispresent(ms) | display ms", [["ms"], ["30.5"], ["12"]]),
    .init("filter ok = true | display ms", [["ms"], ["12"]]),
    .init("filter ok = 0 | display ms, ok", [["ms", "ok"], ["7", "0"]]),
    .init("filter @timestamp < '2026-01-05T09:01:00Z' | display ms", [["ms"], ["12"]]),
    // stats
    .init("stats count(*)", [["count(*)"], ["6"]]),
    .init("stats count() as n, count(errorCode) as e", [["n", "e"], ["6", "3"]]),
    .init(
      "stats count() as failures by errorCode",
      [
        ["errorCode", "failures"], ["-", "3"], ["AccessDenied", "2"], ["ThrottlingException", "1"],
      ]),
    .init(
      "filter ispresent(errorCode) | stats count(*) as n by eventName, errorCode | sort n desc",
      [
        ["eventName", "errorCode", "n"], ["Decrypt", "AccessDenied", "2"],
        ["GenerateDataKey", "ThrottlingException", "1"],
      ]),
    .init(
      "stats sum(ms), avg(ms), min(ms), max(ms)",
      [["sum(ms)", "avg(ms)", "min(ms)", "max(ms)"], ["61.5", "12.3", "3", "30.5"]]),
    .init(
      "filter ms in [3, 7, 9] | stats variance(ms) as v, stddev(ms) as s",
      [["v", "s"], ["6.2222", "2.4944"]]),
    .init(
      "stats count_distinct(eventName) as a, countDistinct(errorCode) as b",
      [["a", "b"], ["3", "2"]]),
    .init(
      "stats pct(ms, 50) as a, pct(ms, 95) as b, pct(ms, 0) as c",
      [["a", "b", "c"], ["9", "30.5", "3"]]),
    .init(
      "filter ispresent(ms) | stats earliest(ms) as a, latest(ms) as b, sortsFirst(eventName) as c, sortsLast(eventName) as d",
      [
        ["a", "b", "c", "d"], ["12", "3", "Decrypt", "PutRecord"],
      ]),
    .init(
      "stats values(eventName) as v", [["v"], [#"["GenerateDataKey","Decrypt","PutRecord"]"#]]),
    .init(
      "stats topk(2, user.arn)",
      [["topk(2, user.arn)", "count"], ["arn:producer", "2"], ["arn:consumer", "2"]]),
    .init(
      "stats count(*) by bin(5m)",
      [
        ["bin(5m)", "count(*)"], ["2026-01-05 09:00:00.000", "3"],
        ["2026-01-05 09:05:00.000", "2"],
        ["2026-01-05 09:10:00.000", "1"],
      ]),
    .init(
      "stats count(*) as n by bin(300s) as t | sort t | limit 2",
      [
        ["t", "n"], ["2026-01-05 09:00:00.000", "1"], ["2026-01-05 09:01:00.000", "1"],
      ]),
    .init(
      "stats count(*) as n by bin(1h), eventSource | sort n desc, eventSource | limit 2",
      [
        ["bin(1h)", "eventSource", "n"], ["2026-01-05 09:00:00.000", "kms.amazonaws.com", "4"],
        ["2026-01-05 09:00:00.000", "-", "1"],
      ]),
    .init(
      "stats count(*) as n by eventName | stats max(n) as most, count(*) as kinds",
      [["most", "kinds"], ["2", "4"]]),
    .init(
      "stats sum(ms) / count(ms) as mean | fields mean * 10 as ten",
      [["mean", "ten"], ["12.3", "123"]]),
    .init(
      "stats count(*) by eventName | filter eventName = 'Decrypt' | sort count(*) desc",
      [["eventName", "count(*)"], ["Decrypt", "2"]]),
    .init("filter ms > 1000 | stats count(*) as n, max(ms) as m", [["n", "m"], ["0", "-"]]),
    .init("filter ms > 1000 | stats count(*) as n by eventName", [["eventName", "n"]]),
    // sort, limit
    .init(
      "filter ispresent(ms) | sort ms | display ms",
      [["ms"], ["3"], ["7"], ["9"], ["12"], ["30.5"]]),
    .init(
      "filter ispresent(ms) | sort eventName asc, ms desc | display eventName, ms | limit 3",
      [
        ["eventName", "ms"], ["Decrypt", "9"], ["Decrypt", "7"], ["GenerateDataKey", "12"],
      ]),
    .init("sort file desc | display file | limit 3", [["file"], ["f10"], ["f9"], ["-"]]),
    .init("limit 2 | stats count(*)", [["count(*)"], ["2"]]),
    // parse
    .init(
      #"parse @message "user=*, method:*, latency := *" as @user, @method, @latency | filter ispresent(@user) | display @user, @method, @latency + 1"#,
      [
        ["@user", "@method", "@latency + 1"], ["alice", "GET", "43"],
      ]),
    .init(
      #"parse "[*] user" as level | filter level = 'ERROR' | display level"#,
      [["level"], ["ERROR"]]),
    .init(
      "parse @message /user=(?<u>\\w+), method:(?<m>[A-Z]+)/ | filter ispresent(u) | display u, m",
      [["u", "m"], ["alice", "GET"]]),
    .init(
      "parse user.arn 'arn:*' as who | stats count(*) as n by who | sort who",
      [
        ["who", "n"], ["-", "1"], ["consumer", "2"], ["other", "1"], ["producer", "2"],
      ]),
    // dedup
    .init("filter ispresent(eventName) | dedup eventName | limit 5", [["@timestamp", "@message"]]),
    .init(
      "fields eventName, ms | dedup errorCode",
      [
        ["eventName", "ms"], ["GenerateDataKey", "3"], ["-", "-"], ["Decrypt", "9"],
        ["PutRecord", "30.5"], ["GenerateDataKey", "12"],
      ]),
    .init(
      "fields eventName, ms | filter ispresent(ms) | sort ms | dedup eventName | limit 2",
      [
        ["eventName", "ms"], ["GenerateDataKey", "3"], ["Decrypt", "7"],
      ]),
    // structures
    .init(
      "fields jsonParse(@message) as j | filter j.ms = 7 | display j.user.arn",
      [["j.user.arn"], ["arn:consumer"]]),
  ]

  @Test(arguments: rows) func rowGivesTable(_ row: QueryRow) throws {
    var table = try Sample.table(row.query)
    if row.table.count == 1, row.table[0] == ["@timestamp", "@message"] {
      #expect(table.count == 4)
      table = [table[0]]
    }
    #expect(table == row.table)
  }

  @Test func everyCommandAndAggregateHasARow() {
    for name in QueryParser.commands {
      #expect(Self.rows.contains { $0.query.lowercased().contains("\(name) ") }, "\(name)")
    }
    for name in Aggregates.names {
      #expect(Self.rows.contains { $0.query.contains("\(name)(") }, "\(name)")
    }
  }

  @Test func theGuidesQueryCountsEveryCallAndNotOnlyFailures() throws {
    let query = try InsightsQuery(
      """
      fields @timestamp, userIdentity.principalId, eventName, errorCode
      | filter eventSource = "kms.amazonaws.com" and eventName = "GenerateDataKey"
      | stats count() as failures by errorCode
      """)
    let result = query.run(over: Sample.rows, now: Sample.start)
    #expect(result.columns == ["errorCode", "failures"])
    #expect(result.rows == [[.missing, .number(1)], [.text("ThrottlingException"), .number(1)]])
    #expect(result.matched == 2)
    #expect(result.scanned == 6)
    #expect(
      query.remarks == [
        .hiddenFields(["@timestamp", "userIdentity.principalId", "eventName"]),
        .groupWithout("errorCode", column: "errorCode"),
      ])
  }

  @Test func withoutFieldsAnEventShowsItsTimeAndMessageNewestFirst() throws {
    let result = try Sample.run("limit 2")
    #expect(result.columns == ["@timestamp", "@message"])
    #expect(result.events == [5, 4])
    #expect(result.rows[1][1] == .text(Sample.messages[4].text))
  }

  @Test func aQueryWithoutALimitGivesAsManyAsTheCallerWants() throws {
    let query = try InsightsQuery("fields ms")
    #expect(query.run(over: Sample.rows, limit: 3, now: Sample.start).rows.count == 3)
    let own = try InsightsQuery("fields ms | limit 5")
    #expect(own.run(over: Sample.rows, limit: 3, now: Sample.start).rows.count == 5)
  }
}

struct FunctionRow: CustomTestStringConvertible, Sendable {
  var text: String
  var shown: String?
  var testDescription: String { text }

  init(_ text: String, _ shown: String?) {
    self.text = text
    self.shown = shown
  }
}

@Suite struct FunctionTests {
  static let rows: [FunctionRow] = [
    .init("1 + 2 * 3", "7"), .init("(1 + 2) * 3", "9"), .init("2 ^ 3 ^ 2", "512"),
    .init("10 % 3", "1"), .init("7 / 2", "3.5"), .init("1 / 0", nil), .init("-ms", "-12"),
    .init("5 - 2 - 1", "2"), .init("ms + nothing", nil), .init("'4' + 1", "5"),
    .init("abs(-3.5)", "3.5"), .init("ceil(1.2)", "2"), .init("floor(-1.2)", "-2"),
    .init("greatest(1, ms, 5)", "12"), .init("least(4, 2, 3)", "2"), .init("log(1)", "0"),
    .init("sqrt(16)", "4"), .init("sqrt(-1)", nil), .init("round(2.5)", "3"),
    .init("round(1.257, 1)", "1.3"), .init("abs('x')", nil),
    .init("ispresent(ms)", "1"), .init("ispresent(nothing)", "0"),
    .init("coalesce(nothing, errorCode, ms)", "12"),
    .init("isempty('')", "1"), .init("isempty(nothing)", "1"), .init("isempty('a')", "0"),
    .init("isblank('  ')", "1"), .init("isblank('a ')", "0"),
    .init("concat('a', ms, 'b')", "a12b"), .init("ltrim('  ab ')", "ab "),
    .init("rtrim('abxx', 'x')", "ab"), .init("trim('xyZfooxyZxyZ', 'xyZ')", "foo"),
    .init("strlen('größe')", "5"), .init("toupper('aß')", "ASS"), .init("tolower('ABC')", "abc"),
    .init("substr('xyZfooxyZ', 3)", "fooxyZ"), .init("substr('xyZfooxyZ', 3, 4)", "foox"),
    .init("substr('ab', 5)", ""), .init("replace('aXbXc', 'X', '--')", "a--b--c"),
    .init("replace('abc', '', 'x')", "abc"), .init("strcontains('xyZfooxyZ', 'foo')", "1"),
    .init("strcontains('xyZ', 'foo')", "0"),
    .init("datefloor(@timestamp, 1h)", "2026-01-05 09:00:00.000"),
    .init("dateceil(@timestamp, 1d)", "2026-01-06 00:00:00.000"),
    .init("fromMillis(1767603600123)", "2026-01-05 09:00:00.123"),
    .init("toMillis(@timestamp)", "1767603600000"), .init("now()", "1767607200"),
    .init("bin(1w)", "2026-01-05 00:00:00.000"), .init("bin(1mo)", "2026-01-01 00:00:00.000"),
    .init("bin(1q)", "2026-01-01 00:00:00.000"), .init("bin(1y)", "2026-01-01 00:00:00.000"),
    .init("bin(36h)", "2026-01-05 00:00:00.000"), .init("bin(2 d)", nil),
    .init("isValidIp(ip)", "1"), .init("isValidIp('1.2.3')", "0"),
    .init("isValidIp('1.2.3.256')", "0"),
    .init("isValidIpv4(ip)", "1"), .init("isValidIpv4('::1')", "0"),
    .init("isValidIpv6('::1')", "1"),
    .init("isValidIpv6('2001:db8::1:0:0')", "1"), .init("isValidIpv6('1::2::3')", "0"),
    .init("isValidIpv6('::ffff:10.0.0.1')", "1"), .init("isValidIpv6('12345::')", "0"),
    .init("isIpInSubnet(ip, '10.0.0.0/8')", "1"), .init("isIpInSubnet(ip, '10.0.0.2/31')", "0"),
    .init("isIpv4InSubnet('192.168.1.9', '192.168.0.0/23')", "1"),
    .init("isIpv6InSubnet('2001:db8::1', '2001:db8::/32')", "1"),
    .init("isIpv6InSubnet('10.0.0.1', '10.0.0.0/8')", "0"),
    .init("jsonParse('{\"a\":[1,2]}')", #"{"a":[1,2]}"#), .init("jsonParse('no')", nil),
    .init("jsonStringify(user.tags)", #"["a","b"]"#),
    .init("ms > 5 and not ok = false", "1"), .init("1 = 1.0", "1"), .init("'10' > '9'", "1"),
    .init("'b' > 'a'", "1"),
  ]

  @Test(arguments: rows) func rowGivesValue(_ row: FunctionRow) throws {
    if row.text == "bin(2 d)" {
      #expect(throws: InsightsError.self) { try InsightsQuery("fields \(row.text) as x") }
      return
    }
    let result = try Sample.run("fields \(row.text) as x | sort @timestamp | limit 1")
    #expect(result.rows[0][0].shown == row.shown)
  }

  @Test func everyFunctionHasARow() {
    let missing = Functions.names.filter { name in
      !Self.rows.contains { $0.text.contains("\(name)(") }
    }
    #expect(missing == [])
  }
}

struct MistakeRow: CustomTestStringConvertible, Sendable {
  var query: String
  /// What the span covers.
  var marked: String
  var problem: String
  var advice: String?
  var testDescription: String { query }

  init(_ query: String, _ marked: String, _ problem: String, _ advice: String? = nil) {
    self.query = query
    self.marked = marked
    self.problem = problem
    self.advice = advice
  }
}

@Suite struct MistakeTests {
  static let rows: [MistakeRow] = [
    .init("stat count(*)", "stat", #"there is no command "stat""#, "did you mean stats or sort?"),
    .init("", "", "there is no command in this query"),
    .init(
      "fields a | pattern @message", "pattern", "pattern is known to AWS, but this lab has it not"),
    .init("stats cuont(*) by a", "cuont", #"there is no function "cuont""#, "did you mean count?"),
    .init("filter cout(x) > 1", "cout", #"there is no function "cout""#, "did you mean count?"),
    .init("filter a = = 1", "=", #"unexpected "=""#, "one = is enough"),
    .init("filter a = 'x", "'", "this text does not end"),
    .init("filter a like /x", "/", "this regular expression does not end"),
    .init("filter a like /(x/", "(", "this ( is not closed"),
    .init("filter a like /a(?=b)/", "(?=", "Insights has no look-ahead"),
    .init(#"filter a like /(a)\1/"#, #"\1"#, "Insights has no references back to a group"),
    .init(
      "filter count(*) > 2", "count(*)", "count reckons over many events, so it belongs to stats"),
    .init("stats eventName", "eventName", "stats wants something that reckons over many events"),
    .init(
      "stats count(*) as calls by who | filter ms > 2", "ms", "after stats there is no ms",
      "there are who, calls"),
    .init(
      "stats count(*) as failures | sort failure", "failure", "after stats there is no failure",
      "did you mean failures?"),
    .init(
      "stats count(*) as n by b | sort n | stats max(n)", "stats",
      "sort and limit come after the last stats"),
    .init("dedup a | sort a", "sort", "after dedup only limit may follow, not sort"),
    .init("limit 0", "0", #"unexpected "0""#, "limit wants a number from 1 to 100000"),
    .init(
      "stats count(*) by bin(5x)", "5x", #"there is no unit "x""#, "ms, s, m, h, d, w, mo, q or y"),
    .init("stats pct(ms, 120)", "120", "pct wants a percentage from 0 to 100"),
    .init("fields abs(1, 2)", "abs(1, 2)", "abs does not take 2 arguments", "abs(number)"),
    .init("parse @message \"a=*, b=*\" as x", "\"a=*, b=*\"", "there are 2 * and 1 names"),
    .init("parse @message /a(b)/", "a(b)", "this regular expression names no group"),
    .init(
      "fields requestParameters.aws:arn", ":", "unexpected symbol :",
      "a name with a colon stands between backticks, `like:this`"),
    .init("fields a, | limit 1", "|", #"unexpected "|""#),
    .init("fields a b", "b", #"unexpected "b""#),
    .init("filter (a = 1", "1", "the query ends too early"),
    .init("stats topk(3, a), count(*)", "topk(3, a)", "topk stands alone in its stats"),
    .init("filter a in (1)", "(", #"unexpected "(""#),
  ]

  @Test(arguments: rows) func rowIsRefusedAtItsPlace(_ row: MistakeRow) throws {
    let error = #expect(throws: InsightsError.self) { try InsightsQuery(row.query) }
    guard let error else { return }
    #expect(error.problem == row.problem)
    #expect(Scanner(row.query).slice(error.span) == row.marked)
    if let advice = row.advice { #expect(error.advice == advice) }
  }

  @Test func deepNestingIsRefusedAndDoesNotCrash() {
    for text in [
      String(repeating: "(", count: 5000), String(repeating: "not ", count: 5000),
      String(repeating: "-", count: 5000), "1" + String(repeating: "^1", count: 5000),
    ] {
      #expect(throws: InsightsError.self) { try InsightsQuery("filter \(text)") }
    }
    #expect(throws: InsightsError.self) {
      try InsightsQuery("filter a like /" + String(repeating: "(", count: 5000) + "/")
    }
    #expect(throws: InsightsError.self) {
      try InsightsQuery("filter a like /((((a{1000}){1000}){1000}){1000}){1000}/")
    }
  }
}

/// What counts as matched, and what of an event is found.
@Suite struct MatchingTests {
  @Test(arguments: [
    "filter ispresent(errorCode) | sort ms", "sort ms | filter ispresent(errorCode)",
    "limit 1 | filter ispresent(errorCode)", "filter ispresent(errorCode) | limit 1",
    "sort ms desc | limit 2 | filter ispresent(errorCode) | limit 1",
    "sort ms | filter ispresent(errorCode) | stats count(*)",
    "filter ispresent(errorCode) | dedup errorCode",
  ]) func theOrderOfCommandsDoesNotChangeWhatMatches(_ query: String) throws {
    #expect(try Sample.run(query).matched == 3)
  }

  @Test func ofAnEventTwoHundredFieldsAreFound() throws {
    let fields = (0..<250).map { "\"f\($0)\":\($0)" }.joined(separator: ",")
    let rows = LogEventRows(
      [
        LogEvent(
          at: Sample.start, ingested: Sample.start, stream: "s", message: "{\(fields)}")
      ], log: "l")
    let query = try InsightsQuery("fields f199, f200")
    let result = query.run(over: rows, now: Sample.start)
    #expect(result.rows.map { $0.map(\.shown) } == [["199", nil]])
  }

  @Test(arguments: [
    "fields 5m", "filter ms > 5m", "stats max(5m)", "sort 1h", "fields 2 * 3d as x",
  ])
  func aPeriodAloneIsNoField(_ query: String) throws {
    let error = #expect(throws: InsightsError.self) { try InsightsQuery(query) }
    #expect(error?.problem == "a period stands only in bin, datefloor and dateceil")
  }
}
