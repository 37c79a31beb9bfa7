import Cloud
import Narration
import Testing
import Values

@testable import Workbook

@Suite struct KeyVerbTests {
  private func fed(_ lines: [String], _ workbook: inout Workbook) -> String {
    var reply = ""
    for line in lines {
      let turn = workbook.feed(line)
      #expect(turn.status == 0, "\(line): \(turn.errors)")
      reply = turn.reply
    }
    return reply
  }

  @Test func keysTellsStateMaterialUsersAndWhatIsProtected() {
    var workbook = Workbook(model: .documented)
    let page = fed(
      [
        "aws kms create-alias --alias-name alias/orders --target-key-id \(StartNames.keyID)",
        "aws kinesis start-stream-encryption --stream-name my-existing-stream "
          + "--encryption-type KMS --key-id alias/orders", "wait 10s",
        "aws kinesis put-record --stream-name my-existing-stream --partition-key a --data aGk=",
        "aws kms rotate-key-on-demand --key-id \(StartNames.keyID)",
        "aws kms enable-key-rotation --key-id \(StartNames.keyID) --rotation-period-in-days 90",
        "aws kms create-key --key-spec RSA_2048 --key-usage SIGN_VERIFY", "keys",
      ], &workbook)
    for line in [
      "alias/orders", "  id          \(StartNames.keyID)",
      "  state       Enabled", "since 2026-01-05T09:00:13Z, on demand, current",
      "every 90 days, next 2026-04-05T09:00:14Z", "  administer  admin\n",
      "admin, producer (GenerateDataKey), consumer (Decrypt)",
      "  through     my-existing-stream: admin", "  material 2  ",
      "my-existing-stream (1 record, and what comes)", "RSA_2048, SIGN_VERIFY",
    ] {
      #expect(page.contains(line), "\(line) is not in\n\(page)")
    }
    // A key that nothing is written under any more still guards what it sealed.
    let later = fed(
      [
        "K=$(aws kms create-key --query KeyMetadata.KeyId --output text)",
        "aws kms update-alias --alias-name alias/orders --target-key-id $K", "keys",
      ], &workbook)
    #expect(later.contains("my-existing-stream (1 record, and what comes until 2026-01-05T09:05"))
    #expect(later.contains("my-existing-stream (0 records, and what comes)"))
    // The data key that Kinesis remembers under the old key is over by then.
    let forgotten = fed(["wait 6m", "keys"], &workbook)
    #expect(forgotten.contains("my-existing-stream (1 record, of earlier, until 2026-01-06T"))
    let end = fed(["wait 2d", "keys"], &workbook)
    #expect(!end.contains("of earlier"))
  }

  @Test func timelineTellsAllThatIsDueInOrder() {
    var workbook = Workbook(model: .documented)
    let key = StartNames.keyID
    let page = fed(
      [
        "aws kms enable-key-rotation --key-id \(key) --rotation-period-in-days 100",
        "K=$(aws kms create-key --query KeyMetadata.KeyId --output text)",
        "aws kms schedule-key-deletion --key-id $K --pending-window-in-days 7",
        "aws sts assume-role --role-arn arn:aws:iam::123456789012:role/kinesis-producer-role "
          + "--role-session-name se",
        "aws kinesis put-record --stream-name my-existing-stream --partition-key a --data aGk=",
        "timeline",
      ], &workbook)
    let lines = page.split(separator: "\n").dropFirst().map(String.init)
    let wanted = [
      ("2026-01-05T10:00:03Z  in 59 min", "expire"),
      ("2026-01-06T09:00:04Z  in 23 h", "1 record of my-existing-stream ages out"),
      ("2026-01-12T09:00:02Z  in 6 d", "is deleted for good"),
      ("2026-04-15T09:00:00Z  in 99 d", "gets new key material"),
    ]
    #expect(lines.count == wanted.count, "\(page)")
    for (line, part) in zip(lines, wanted) {
      #expect(line.hasPrefix(part.0) && line.contains(part.1), "\(line)")
    }
  }

  @Test func anEmptyTimelineSaysSo() {
    var workbook = Workbook()
    #expect(fed(["timeline"], &workbook).contains("Nothing is due."))
  }

  /// The steps of AWS's guide to imports, as it prints them.
  @Test func keyMaterialIsWrappedAndImportedInTheLab() {
    var workbook = Workbook()
    let state = fed(
      [
        "K=$(aws kms create-key --origin EXTERNAL --query KeyMetadata.KeyId --output text)",
        "aws kms get-parameters-for-import --key-id $K --wrapping-algorithm RSAES_OAEP_SHA_256 "
          + "--wrapping-key-spec RSA_2048 > params.json",
        "query -r PublicKey > public.b64", "query -r ImportToken > token.b64",
        "openssl enc -d -base64 -A -in public.b64 -out public.bin",
        "openssl enc -d -base64 -A -in token.b64 -out token.bin",
        "openssl rand -out material.bin 32",
        "openssl pkeyutl -encrypt -in material.bin -out wrapped.bin -inkey public.bin "
          + "-keyform DER -pubin -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 "
          + "-pkeyopt rsa_mgf1_md:sha256",
        "aws kms import-key-material --key-id $K --encrypted-key-material fileb://wrapped.bin "
          + "--import-token fileb://token.bin --expiration-model KEY_MATERIAL_EXPIRES "
          + "--valid-to 2026-01-06",
        "aws kms describe-key --key-id $K --query KeyMetadata.KeyState --output text",
      ], &workbook)
    #expect(state == "Enabled\n")
    #expect(workbook.desk.files["material.bin"]?.count == 32)
    #expect(workbook.desk.files["wrapped.bin"]?.count == 256)
    let later = fed(
      ["wait 1d", "aws kms describe-key --key-id $K --query KeyMetadata.KeyState --output text"],
      &workbook)
    #expect(later == "PendingImport\n")
  }

  /// Public key and token of two answers: the service says nothing at all.
  @Test func aPublicKeyOfAnotherAnswerIsNamedAsTheReason() {
    var workbook = Workbook()
    let parameters =
      "aws kms get-parameters-for-import --key-id $K --wrapping-algorithm RSAES_OAEP_SHA_256 "
      + "--wrapping-key-spec RSA_2048 --output text --query "
    _ = fed(
      [
        "K=$(aws kms create-key --origin EXTERNAL --query KeyMetadata.KeyId --output text)",
        parameters + "PublicKey > public.b64", parameters + "ImportToken > token.b64",
        "openssl enc -d -base64 -A -in public.b64 -out public.bin",
        "openssl enc -d -base64 -A -in token.b64 -out token.bin",
        "openssl rand -out material.bin 32",
        "openssl pkeyutl -encrypt -in material.bin -out wrapped.bin -inkey public.bin "
          + "-keyform DER -pubin -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 "
          + "-pkeyopt rsa_mgf1_md:sha256",
      ], &workbook)
    let turn = workbook.feed(
      "aws kms import-key-material --key-id $K --encrypted-key-material fileb://wrapped.bin "
        + "--import-token fileb://token.bin --expiration-model KEY_MATERIAL_DOES_NOT_EXPIRE")
    #expect(turn.errors.contains("(InvalidCiphertextException)"), "\(turn.errors)")
    let page = turn.page.lines.map(\.text).joined(separator: "\n")
    #expect(page.contains("take both from one answer"), "\(page)")
    #expect(!page.contains("encryption context"), "\(page)")
    #expect(workbook.feed("help openssl").reply.contains("query -r PublicKey > public.b64"))
  }

  @Test(arguments: [
    "openssl", "openssl genrsa", "openssl rand", "openssl rand 0", "openssl rand -out x",
    "openssl rand 32", "openssl enc -base64 -in none", "openssl rand -engine x 3",
    "openssl pkeyutl -encrypt", "keys all", "timeline now",
  ]) func whatTheLabCannotDoIsSaid(_ line: String) {
    var workbook = Workbook()
    let turn = workbook.feed(line)
    #expect(turn.status != 0)
    #expect(!turn.errors.isEmpty)
  }

  @Test func bytesComeBackFromBase64AndOnlyFromThat() {
    var workbook = Workbook()
    _ = fed(["openssl rand -out a.bin 40", "openssl enc -base64 -in a.bin -out a.b64"], &workbook)
    _ = fed(["openssl enc -d -base64 -A -in a.b64 -out b.bin"], &workbook)
    #expect(workbook.desk.files["a.bin"] == workbook.desk.files["b.bin"])
    #expect(fed(["openssl rand -hex 4"], &workbook).count == 9)
    #expect(workbook.feed("openssl enc -d -base64 -in a.bin -out c.bin").status == 1)
  }
}
