import Narration
import Testing

@testable import Workbook

/// `aws cloudtrail validate-logs`, as the AWS CLI answers it.
@Suite struct ValidateLogsTests {
  private static let trail = "arn:aws:cloudtrail:us-east-1:123456789012:trail/my-trail"
  private static let bucket = "my-cloudtrail-bucket"
  private static let folder = "s3://\(bucket)/AWSLogs/123456789012"
  private static let line =
    "aws cloudtrail validate-logs --trail-arn \(trail) --start-time 2026-01-05T09:00:00Z"

  private func lab() -> Workbook {
    var workbook = Workbook()
    for line in [
      "aws cloudtrail update-trail --name my-trail --enable-log-file-validation",
      "aws kms list-keys", "wait 1h", "aws kms list-aliases", "wait 1h",
    ] { _ = workbook.feed(line) }
    return workbook
  }

  /// The newest object of a folder.
  private func newest(_ kind: String, _ workbook: inout Workbook) -> String {
    let listed = workbook.feed("aws s3 ls \(Self.folder)/\(kind)/us-east-1/2026/01/05/").reply
    return listed.split(separator: "\n").last?.split(separator: " ").last.map(String.init) ?? ""
  }

  @Test func whatNobodyTouchedIsValid() {
    var workbook = lab()
    let turn = workbook.feed(Self.line + " --end-time 2026-01-05T12:00:00Z")
    #expect(turn.status == 0)
    #expect(turn.errors == "")
    #expect(
      turn.reply == """
        Validating log files for trail \(Self.trail) between 2026-01-05T09:00:00Z and 2026-01-05T12:00:00Z

        Results requested for 2026-01-05T09:00:00Z to 2026-01-05T12:00:00Z
        Results found for 2026-01-05T09:00:00Z to 2026-01-05T11:00:00Z:

        2/2 digest files valid
        2/2 log files valid

        """)
    let verbose = workbook.feed(Self.line + " --verbose").reply.split(separator: "\n")
    #expect(verbose.filter { $0.hasPrefix("Digest file\ts3://") }.count == 2)
    #expect(
      verbose.filter { $0.hasPrefix("Log file\ts3://") && $0.hasSuffix("\tvalid") }.count == 2)
  }

  @Test func aLogFileThatWasAlteredOrTakenAwayIsFound() {
    var workbook = lab()
    let name = newest("CloudTrail", &workbook)
    let path = "\(Self.folder)/CloudTrail/us-east-1/2026/01/05/\(name)"
    _ = workbook.feed("aws s3 cp \(path) other.json.gz")
    let other =
      workbook.feed(
        "aws s3 ls \(Self.folder)/CloudTrail/us-east-1/2026/01/05/"
      ).reply.split(separator: "\n").first?.split(separator: " ").last ?? ""
    let first = "\(Self.folder)/CloudTrail/us-east-1/2026/01/05/\(other)"
    _ = workbook.feed("aws s3 cp other.json.gz \(first)")
    let altered = workbook.feed(Self.line)
    #expect(altered.status == 1)
    #expect(altered.errors == "Log file\t\(first)\tINVALID: hash value doesn't match\n\n")
    #expect(
      altered.reply.contains("2/2 digest files valid\n1/2 log files valid, 1/2 log files INVALID"))
    #expect(altered.page.text.contains("not what CloudTrail delivered"))
    _ = workbook.feed("aws s3 rm \(first)")
    #expect(workbook.feed(Self.line).errors == "Log file\t\(first)\tINVALID: not found\n\n")
    _ = workbook.feed("cat > x.txt <<'EOF'\nno gzip\nEOF")
    _ = workbook.feed("aws s3 cp x.txt \(first)")
    #expect(workbook.feed(Self.line).errors == "Log file\t\(first)\tINVALID: invalid format\n\n")
  }

  @Test func aDigestFileThatWasAlteredOrTakenAwayIsFound() {
    var workbook = lab()
    let path = "\(Self.folder)/CloudTrail-Digest/us-east-1/2026/01/05/"
    let name = newest("CloudTrail-Digest", &workbook)
    let first = name.replacing("T110000Z", with: "T100000Z")
    // Without its metadata the copy has no signature.
    _ = workbook.feed("aws s3 cp \(path)\(name) kept.json.gz")
    _ = workbook.feed("aws s3 cp kept.json.gz \(path)\(name)")
    let unsigned = workbook.feed(Self.line)
    #expect(unsigned.status == 1)
    #expect(
      unsigned.errors
        == "Digest file\t\(path)\(name)\tINVALID: signature verification failed\n\n")
    #expect(unsigned.reply.contains("1/2 digest files valid, 1/2 digest files INVALID"))
    _ = workbook.feed("aws s3 cp \(path)\(first) \(path)\(name)")
    #expect(workbook.feed(Self.line).status == 1)
    var other = lab()
    _ = other.feed("aws s3 rm \(path)\(first)")
    let gone = other.feed(Self.line)
    #expect(gone.errors == "Digest file\t\(path)\(first)\tINVALID: not found\n\n")
    #expect(gone.page.text.contains("the next one has its place, its hash and its signature"))
  }

  @Test func withoutDigestFilesItSaysSo() {
    var workbook = Workbook()
    let turn = workbook.feed(Self.line)
    #expect(turn.status == 0)
    #expect(turn.reply.hasSuffix("No digests found\n"))
  }

  static let refusals: [(line: String, text: String, status: Int32)] = [
    (
      "aws cloudtrail validate-logs",
      "the following arguments are required: --trail-arn, --start-time", 252
    ),
    ("aws cloudtrail validate-logs --trail-arn", "expected one argument", 252),
    (line + " --colour red", "Unknown options: --colour", 252),
    (
      "aws cloudtrail validate-logs --trail-arn my-trail --start-time 2026-01-05T09:00:00Z",
      "Invalid trail ARN provided: my-trail", 255
    ),
    (
      "aws cloudtrail validate-logs --trail-arn \(trail)x --start-time 2026-01-05T09:00:00Z",
      "A trail could not be found for \(trail)x", 255
    ),
    (
      "aws cloudtrail validate-logs --trail-arn \(trail) --start-time soon",
      "Unable to parse date value: soon", 255
    ),
    (
      line + " --end-time 2026-01-04T09:00:00Z",
      "Invalid time range specified: start-time must occur before end-time", 255
    ),
    (
      line + " --profile consumer",
      "An error occurred (AccessDeniedException) when calling the DescribeTrails operation", 254
    ),
  ]

  @Test(arguments: refusals) func aMistakeIsNamed(line: String, text: String, status: Int32) {
    var workbook = Workbook()
    let turn = workbook.feed(line)
    #expect(turn.errors.contains(text), "\(turn.errors)")
    #expect(turn.status == status)
  }
}
