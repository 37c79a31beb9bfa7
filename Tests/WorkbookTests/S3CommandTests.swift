import Narration
import Testing
import Values

@testable import Workbook

@Suite struct S3CommandTests {
  private static let policy = """
    cat > policy.json <<'EOF'
    {"a": 1}
    EOF
    """

  @Test func filesGoToABucketAndComeBack() {
    var workbook = Workbook()
    workbook.explain = .off
    _ = workbook.feed(Self.policy)
    let lines: [(String, String)] = [
      ("aws s3 mb s3://papers", "make_bucket: papers\n"),
      (
        "aws s3 cp policy.json s3://papers/in/",
        "upload: ./policy.json to s3://papers/in/policy.json\n"
      ),
      ("aws s3 ls s3://papers", "                           PRE in/\n"),
      ("aws s3 ls s3://papers/in/", "2026-01-05 09:00:01          9 policy.json\n"),
      (
        "aws s3 ls s3://papers --recursive --summarize",
        "2026-01-05 09:00:01          9 in/policy.json\n\nTotal Objects: 1\n   Total Size: 9\n"
      ),
      ("aws s3 cp s3://papers/in/policy.json -", "{\"a\": 1}\n"),
      (
        "aws s3 cp s3://papers/in/policy.json copy.json",
        "download: s3://papers/in/policy.json to ./copy.json\n"
      ),
      ("cat copy.json", "{\"a\": 1}\n"),
      (
        "aws s3 mv s3://papers/in/policy.json s3://papers/out/p.json",
        "move: s3://papers/in/policy.json to s3://papers/out/p.json\n"
      ),
      ("aws s3 rm s3://papers/out/p.json", "delete: s3://papers/out/p.json\n"),
      ("aws s3 rb s3://papers", "remove_bucket: papers\n"),
    ]
    for (line, answer) in lines {
      let turn = workbook.feed(line)
      #expect(turn.reply == answer, "\(line)")
      #expect(turn.status == 0, "\(line): \(turn.errors)")
    }
  }

  @Test func theAPIsCommandsTakeFiles() {
    var workbook = Workbook()
    workbook.explain = .off
    _ = workbook.feed(Self.policy)
    _ = workbook.feed("aws s3api create-bucket --bucket papers")
    let put = workbook.feed("aws s3api put-object --bucket papers --key k --body policy.json")
    #expect(put.status == 0)
    #expect(put.reply.contains("\"ETag\""))
    let got = workbook.feed("aws s3api get-object --bucket papers --key k out.json")
    #expect(got.status == 0, "\(got.errors)")
    #expect(got.reply.contains("\"ContentLength\": 9"))
    #expect(!got.reply.contains("Body"))
    #expect(workbook.feed("cat out.json").reply == "{\"a\": 1}\n")
    let without = workbook.feed("aws s3api get-object --bucket papers --key k")
    #expect(without.status == 252)
    #expect(without.errors.contains("outfile"))
  }

  /// An object is not encrypted in another way than was asked for.
  @Test(arguments: [
    "--server-side-encryption aws:kms --ssekms-key-id alias/x",
    "--server-side-encryption aws:kms:dsse",
    "--sse-customer-algorithm AES256 --sse-customer-key MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
  ]) func anotherEncryptionIsRefused(_ options: String) {
    var workbook = Workbook()
    workbook.explain = .off
    _ = workbook.feed(Self.policy)
    let put = workbook.feed(
      "aws s3api put-object --bucket my-cloudtrail-bucket --key k --body policy.json \(options)")
    #expect(put.status == 252)
    #expect(put.errors.contains("not simulated"), "\(put.errors)")
    let head = workbook.feed("aws s3api head-object --bucket my-cloudtrail-bucket --key k")
    #expect(head.status == 254)
  }

  /// What is taken and not done is said.
  @Test func anOptionThatDoesNothingHereIsNamed() {
    var workbook = Workbook()
    workbook.explain = .brief
    _ = workbook.feed(Self.policy)
    let put = "aws s3api put-object --bucket my-cloudtrail-bucket --key k --body policy.json"
    #expect(
      workbook.feed("\(put) --storage-class GLACIER").page.text.contains(
        "not simulated here: --storage-class"))
    #expect(!workbook.feed("\(put) --content-type a/b").page.text.contains("not simulated"))
    let kms = workbook.feed(
      "aws s3api put-bucket-encryption --bucket my-cloudtrail-bucket "
        + "--server-side-encryption-configuration "
        + "'{\"Rules\":[{\"ApplyServerSideEncryptionByDefault\":{\"SSEAlgorithm\":\"aws:kms\"}}]}'")
    #expect(kms.status == 252 && kms.errors.contains("not simulated"), "\(kms.errors)")
  }

  @Test func helpNamesTheFileThatTakesTheObject() {
    var workbook = Workbook()
    let text = workbook.feed("aws s3api get-object help").reply
    #expect(text.hasPrefix("aws s3api get-object --bucket TEXT --key TEXT [options] OUTFILE\n"))
    #expect(!workbook.feed("aws s3api head-object help").reply.contains("OUTFILE"))
  }

  @Test func aLogFileIsRead() throws {
    var workbook = Workbook()
    workbook.explain = .off
    _ = workbook.feed("aws kms list-keys")
    _ = workbook.feed("wait 5m")
    let list = workbook.feed("aws s3 ls s3://my-cloudtrail-bucket --recursive").reply
    let key = try #require(list.split(separator: " ").last).dropLast()
    #expect(key.hasSuffix(".json.gz"))
    let shown = workbook.feed("aws s3 cp s3://my-cloudtrail-bucket/\(key) -")
    #expect(shown.reply.contains("bytes of gzip"))
    _ = workbook.feed("aws s3 cp s3://my-cloudtrail-bucket/\(key) - > piped.gz")
    _ = workbook.feed("aws s3 cp s3://my-cloudtrail-bucket/\(key) log.json.gz")
    #expect(workbook.desk.files["piped.gz"] == workbook.desk.files["log.json.gz"])
    let text = workbook.feed("zcat piped.gz").reply
    #expect(text == workbook.feed("gunzip -c log.json.gz").reply)
    let records = try #require(try JSON(parsing: text)["Records"]?.array)
    #expect(records.map { $0["eventName"] } == ["ListKeys"])
    _ = workbook.feed("gunzip log.json.gz")
    #expect(workbook.desk.files["log.json.gz"] == nil)
    #expect(workbook.feed("cat log.json").reply == text)
  }

  @Test(arguments: [
    ("aws s3 ls s3://nowhere", 254, "(NoSuchBucket) when calling the ListObjectsV2 operation"),
    ("aws s3 cp s3://my-cloudtrail-bucket/k f", 1, "Key \"k\" does not exist"),
    (
      "aws s3 cp s3://my-cloudtrail-bucket/k -", 1,
      "download failed: s3://my-cloudtrail-bucket/k to - An error occurred (404) when calling the "
        + "HeadObject operation: Not Found"
    ),
    (
      "aws s3 cp s3://b/a s3://b/c --acl none", 252, "argument --acl: Found invalid choice 'none'"
    ), ("aws s3 cp a s3://b/c --storage-class COLD", 252, "Found invalid choice 'COLD'"),
    (
      "aws s3 rb s3://nobody-has-it --force", 255,
      "fatal error: An error occurred (NoSuchBucket) when calling the ListObjectsV2 operation: The "
        + "specified bucket does not exist\n\naws: [ERROR]: remove_bucket failed: Unable to delete "
        + "all objects in the bucket, bucket will not be deleted.\n"
    ),
    (
      "aws s3 cp none s3://my-cloudtrail-bucket/ --recursive", 255,
      "aws: [ERROR]: The user-provided path none does not exist.\n"
    ),
    (
      "echo a > d/a; aws s3 cp d s3://my-cloudtrail-bucket/x", 1,
      "upload failed: d/ to s3://my-cloudtrail-bucket/x [Errno 21] Is a directory: 'd/'\n"
    ),
    ("aws s3 cp none.txt s3://my-cloudtrail-bucket/", 255, "none.txt does not exist"),
    ("aws s3 cp a b", 252, "Invalid argument type"),
    ("aws s3 cp s3://x", 252, "required: paths"), ("aws s3 lss", 252, "Found invalid choice 'lss'"),
    ("aws s3 sync a s3://b", 252, "not simulated"),
    ("aws s3 rm s3://b/k --recursiv", 252, "--recursiv"),
    ("aws s3 mb s3://Bad_Name", 1, "(InvalidBucketName)"),
    ("aws s3 ls s3://my-cloudtrail-bucket --profile producer", 254, "(AccessDenied)"),
    ("aws s3api head-object --bucket my-cloudtrail-bucket --key k", 254, "(404)"),
    ("aws s3 ls --profile nobody", 255, "could not be found"), ("zcat none.gz", 1, "No such file"),
    ("aws s3", 252, "too few arguments"),
    (
      "aws s3 cp s3://b/a s3://b/c --metadata-directive ALL", 252,
      "argument --metadata-directive: Found invalid choice 'ALL'"
    ), ("aws s3 cp s3://b/a s3://b/c --metadata a", 252, "Error parsing parameter '--metadata'"),
  ]) func whatGoesWrongIsSaid(_ line: String, _ status: Int32, _ words: String) {
    var workbook = Workbook()
    workbook.explain = .off
    let turn = workbook.feed(line)
    #expect(turn.errors.contains(words), "\(turn.errors)")
    #expect(turn.status == status)
  }
}
