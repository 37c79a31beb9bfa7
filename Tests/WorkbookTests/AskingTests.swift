import Cloud
import Narration
import Policies
import Testing
import Values

@testable import Workbook

/// Questions about permissions: whom and what they mean, and what is looked at for the answer.
@Suite struct AskingTests {
  private static let key = StartNames.keyID
  private static let account = "123456789012"
  private static let stream = "my-existing-stream"

  private static func put(_ statements: String, on user: String = "auditor") -> [String] {
    [
      "cat > p.json <<'E'\n{\"Version\": \"2012-10-17\", \"Statement\": [\(statements)]}\nE",
      "aws iam put-user-policy --user-name \(user) --policy-name P --policy-document file://p.json",
    ]
  }

  private static func putOnRole(_ statements: String) -> [String] {
    [
      put(statements)[0],
      "aws iam put-role-policy --role-name kinesis-producer-role --policy-name P --policy-document file://p.json",
    ]
  }

  private func workbook(_ lines: [String] = []) -> Workbook {
    var workbook = Workbook(model: .documented)
    for line in lines {
      let turn = workbook.feed(line)
      #expect(turn.status == 0, "\(line): \(turn.errors)")
    }
    return workbook
  }

  // MARK: Near misses

  @Test func everyNearMissHasItsCaretWhenAllAreAskedFor() throws {
    let statements = (1...5).map {
      "{\"Sid\": \"T\($0)\", \"Effect\": \"Allow\", \"Action\": \"kms:Encrypt\", \"Resource\": \"*\", "
        + "\"Condition\": {\"StringEquals\": {\"kms:EncryptionContext:team\": \"team\($0)\"}}}"
    }
    var workbook = workbook(Self.put(statements.joined(separator: ",\n")))
    let refused = workbook.feed(
      "aws kms encrypt --key-id \(Self.key) --plaintext aGk= --profile auditor")
    #expect(refused.page.text.contains("why   shows what misses there"))
    let event = try #require(workbook.desk.lastFailure).id
    func carets(_ page: String) -> [Int] {
      (1...5).filter { page.contains("\"team\($0)\"") }
    }
    for (short, whole) in [
      ("why", "why all"), ("why e\(event)", "why e\(event) all"),
      ("explain \(event)", "explain \(event) all"),
    ] {
      let page = workbook.feed(short).reply
      #expect(carets(page) == [1, 2, 3], "\(page)")
      #expect(page.contains("near as well: identity:P#T4"), "\(page)")
      let all = workbook.feed(whole)
      #expect(all.status == 0)
      #expect(carets(all.reply) == [1, 2, 3, 4, 5], "\(all.reply)")
      #expect(!all.reply.contains("near as well"))
      // What is hidden is counted, and those of others count as well.
      let shown = all.reply.components(of: " fits, except its ")
      #expect(
        page.contains("\(whole)   shows what misses in \(shown - 3) more statements"), "\(page)")
      #expect(!all.reply.contains("more statement"))
    }
    _ = workbook.feed("explain full")
    #expect(carets(workbook.feed("why").reply) == [1, 2, 3, 4, 5])
    _ = workbook.feed("explain narrated")
    let told = workbook.feed(
      "aws kms encrypt --key-id \(Self.key) --plaintext aGk= --profile auditor")
    #expect(told.page.text.contains("why all shows what misses in "))
    #expect(workbook.feed("why e1 e2").status == 2)
    #expect(workbook.feed("explain \(event) some").status == 2)
  }

  // MARK: Names

  @Test(arguments: [
    (
      "kms:GenerateDataKey", "arn:aws:kms:us-east-1:444455556666:key/\(key)", "account 444455556666"
    ),
    ("kms:GenerateDataKey", "arn:aws:kms:eu-west-1:\(account):key/\(key)", "in eu-west-1"),
    (
      "kinesis:PutRecord", "arn:aws:kinesis:us-east-1:444455556666:stream/\(stream)", "444455556666"
    ),
    ("kinesis:PutRecord", "arn:aws:kinesis:eu-west-1:\(account):stream/\(stream)", "in eu-west-1"),
    ("kinesis:PutRecord", "arn:aws:kms:us-east-1:\(account):key/\(key)", "never asked about it"),
    ("sts:AssumeRole", "arn:aws:iam::\(account):role/my-producer-roll", "my-producer-role?"),
  ]) func anARNMeansItsOwnAccountAndRegion(_ action: String, _ arn: String, _ says: String) {
    var workbook = workbook()
    for line in ["can admin \(action) on \(arn)", "who-can \(action) on \(arn)"] {
      let turn = workbook.feed(line)
      #expect(turn.status == 2, "\(turn.reply)")
      #expect(turn.errors.contains(says), "\(turn.errors)")
      #expect(turn.errors.contains("KH-ASK-WHAT"))
    }
  }

  @Test func aKeyOfAnotherRegionIsAskedThere() throws {
    var workbook = workbook()
    let arn = workbook.feed(
      "aws kms create-key --region eu-west-1 --query KeyMetadata.Arn --output text"
    ).reply.split(separator: "\n").first.map(String.init)
    let turn = workbook.feed("can admin kms:Encrypt on \(try #require(arn))")
    #expect(turn.status == 0, "\(turn.errors)")
    #expect(turn.reply.contains("eu-west-1"))
  }

  @Test(arguments: [
    ("can kinesis-producer-role kms:GenerateDataKey on \(key)", 0),
    ("can role/kinesis-producer-role kms:GenerateDataKey on \(key)", 0),
    ("can root kms:Decrypt on \(key)", 0),
    ("can arn:aws:iam::\(account):root kms:Decrypt on \(key)", 0),
    ("can kinesis.amazonaws.com kms:Decrypt on \(key)", 0),
    ("can s3.amazonaws.com kms:Decrypt on \(key)", 1),
    ("can arn:aws:iam::444455556666:root kms:Decrypt on \(key)", 2),
    ("what-can kinesis-producer-role", 0), ("what-can root", 0),
    ("who-can sts:AssumeRole on my-producer-role", 0),
    ("who-can iam:PutRolePolicy on my-producer-role", 0),
    ("who-can s3:GetObject on \(StartNames.trailBucket)/x", 0),
    ("who-can cloudtrail:StopLogging on \(StartNames.trail)", 0),
  ]) func whoeverAndWhateverIsThereCanBeNamed(_ line: String, _ status: Int) {
    var workbook = workbook()
    let turn = workbook.feed(line)
    #expect(Int(turn.status) == status, "\(turn.reply)\(turn.errors)")
  }

  @Test func nobodyIsAnsweredWithARoleOrUserThatIsMeant() {
    var workbook = workbook()
    let turn = workbook.feed("can kinesis-producer-rol kms:Decrypt on \(Self.key)")
    #expect(turn.errors.contains("did you mean kinesis-producer-role? (KH-ASK-WHO)"))
  }

  @Test func anActionIsTheSameHoweverItIsSpelt() {
    var workbook = workbook()
    let known = workbook.feed("who-can kms:Decrypt on \(Self.key)").reply
    for spelling in ["kms:decrypt", "KMS:Decrypt", "KMS:DECRYPT"] {
      #expect(workbook.feed("who-can \(spelling) on \(Self.key)").reply == known)
    }
    // The rows of the described model and the key's state go with the spelling that AWS has.
    var described = Workbook()
    let question = "on \(Self.key) via \(Self.stream)"
    #expect(
      described.feed("can producer KMS:generatedatakey \(question)").reply
        == described.feed("can producer kms:GenerateDataKey \(question)").reply)
    for line in ["who-can kms:* on \(Self.key)", "can admin kms:Gen* on \(Self.key)"] {
      let turn = workbook.feed(line)
      #expect(turn.status == 2)
      #expect(turn.errors.contains("actions; ask for one, such as kms:"), "\(turn.errors)")
    }
  }

  // MARK: What is asked

  @Test func anActionWithoutResourceIsAskedForTheStar() {
    var workbook = workbook(
      Self.putOnRole(
        "{\"Effect\": \"Allow\", \"Action\": [\"kinesis:DescribeLimits\", \"kinesis:PutRecord\"], \"Resource\": \"arn:aws:kinesis:us-east-1:\(Self.account):stream/\(Self.stream)\"}, {\"Effect\": \"Allow\", \"Action\": \"kms:ListRetirableGrants\", \"Resource\": \"arn:aws:kms:us-east-1:\(Self.account):key/\(Self.key)\"}"
      ))
    for (question, real) in [
      ("kinesis:DescribeLimits on \(Self.stream)", "aws kinesis describe-limits"),
      (
        "kms:ListRetirableGrants on \(Self.key)",
        "aws kms list-retirable-grants --retiring-principal arn:aws:iam::\(Self.account):role/kinesis-producer-role"
      ),
    ] {
      #expect(workbook.feed("\(real) --profile producer").status == 254)
      let turn = workbook.feed("can producer \(question)")
      #expect(turn.status == 1, "\(turn.reply)")
      #expect(turn.reply.contains("has no resource: asked for \"*\""))
      let row = workbook.feed("who-can \(question)").reply.split(separator: "\n").first {
        $0.hasPrefix("producer ")
      }
      #expect(row?.contains("not permitted") == true)
    }
    let all = workbook.feed("what-can producer").reply
    #expect(all.contains("kinesis: PutRecord"))
    #expect(!all.contains("DescribeLimits") && !all.contains("ListRetirableGrants"))
  }

  @Test func aKeyThatIsSwitchedOffIsToldToWhoeverAsks() {
    var workbook = workbook(["aws kms disable-key --key-id \(Self.key)"])
    let turn = workbook.feed("can admin kms:Encrypt on \(Self.key)")
    #expect(turn.status == 1)
    #expect(turn.reply.hasPrefix("Permitted, but the call would fail with DisabledException"))
    #expect(workbook.feed("can admin kms:DescribeKey on \(Self.key)").status == 0)
  }

  /// A change in any of the lab's services, and the row that tells it.
  @Test(arguments: [
    (
      "aws iam update-assume-role-policy --role-name my-producer-role --policy-document '{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"arn:aws:iam::\(account):user/auditor\"}, \"Action\": \"sts:AssumeRole\"}]}'",
      "sts:AssumeRole", "role/my-producer-role"
    ),
    (allowing("iam:PutRolePolicy"), "iam:PutRolePolicy", "role/my-producer-role"),
    (allowing("iam:CreateUser"), "iam:CreateUser", "user/a-new-one"),
    (allowing("s3:GetObject"), "s3:GetObject", "bucket/\(StartNames.trailBucket)"),
    (allowing("cloudtrail:StopLogging"), "cloudtrail:StopLogging", "trail/\(StartNames.trail)"),
  ]) func whatIfLooksAtEveryService(_ command: String, _ action: String, _ resource: String) {
    var workbook = workbook()
    let turn = workbook.feed("what-if \(command)")
    #expect(turn.status == 0, "\(turn.errors)")
    let row = turn.reply.split(separator: "\n").first {
      $0.contains("gains") && $0.contains("auditor") && $0.contains(action)
        && $0.contains(resource)
    }
    #expect(row != nil, "\(turn.reply)")
    #expect(turn.reply.contains("looked at, for each of"))
  }

  private static func allowing(_ action: String) -> String {
    "aws iam put-user-policy --user-name auditor --policy-name P --policy-document '{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"\(action)\", \"Resource\": \"*\"}]}'"
  }

  /// The matrix takes over from one question to the next what is the same for both: that must change
  /// no answer, under neither model and with policies of every kind.
  /// Two actions of a stream, for a role of the partner's account.
  private static let share =
    "aws kinesis put-resource-policy --resource-arn arn:aws:kinesis:us-east-1:\(account):stream/\(stream) --policy '{\"Version\": \"2012-10-17\", \"Statement\": [{\"Sid\": \"S\", \"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"arn:aws:iam::444455556666:role/partner-app-role\"}, \"Action\": [\"kinesis:GetRecords\", \"kinesis:GetShardIterator\"], \"Resource\": \"arn:aws:kinesis:us-east-1:\(account):stream/\(stream)\"}]}'"

  @Test(arguments: ["described", "documented"]) func everyCellIsTheDoorsOwnAnswer(_ model: String) {
    var workbook = workbook([
      "model \(model)", Self.share,
      "vpc-endpoint kinesis --policy '{\"Statement\": [{\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"kinesis:*Stream*\", \"Resource\": \"*\"}]}'",
    ])
    for line in [
      "aws organizations enable-policy-type --root-id $(aws organizations list-roots --query Roots[0].Id --output text) --policy-type RESOURCE_CONTROL_POLICY",
      "P=$(aws organizations create-policy --name Keys --description d --type RESOURCE_CONTROL_POLICY --content '{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Deny\", \"Principal\": \"*\", \"Action\": [\"kms:Encrypt\", \"kms:ReEncryptTo\", \"sts:AssumeRole\"], \"Resource\": \"*\"}]}' --query Policy.PolicySummary.Id --output text)",
      "aws organizations attach-policy --policy-id $P --target-id \(Self.account)",
      "aws kinesis register-stream-consumer --stream-arn arn:aws:kinesis:us-east-1:\(Self.account):stream/\(Self.stream) --consumer-name fan",
      "aws kms create-grant --key-id \(Self.key) --grantee-principal arn:aws:iam::\(Self.account):role/my-producer-role --operations Decrypt RetireGrant",
    ] { _ = workbook.feed(line) }
    let cloud = workbook.desk.cloud.withEverybody
    let matrix = AccessMatrix(of: workbook.desk.cloud)
    let questions = AccessMatrix.Question.all(cloud.world, .usEast1)
    var answers = matrix.cells.map(\.isAllowed)[...]
    var compared = 0
    #expect(cloud.world.concernedProfiles.contains("partner"))
    for profile in cloud.world.concernedProfiles {
      guard let session = cloud.world.identities.session(ofProfile: profile) else { continue }
      for question in questions {
        let isAllowed = answers.popFirst()
        guard DataFlow(rawValue: question.action) == nil else { continue }
        // What the key's state forbids is no question of permission.
        if case .key(let key) = question.subject, let id = question.id,
          cloud.world.stateRefusal(of: id, on: key) != nil
        {
          continue
        }
        var call = Call(session: session, region: .usEast1)
        call.via = question.via.map { ForwardedAccess(stream: $0) }
        let decision = cloud.judge(question.name, on: question.subject, call)
        #expect(
          (decision.verdict == .allowed) == isAllowed,
          "\(profile) \(question.action) \(question.resource)")
        compared += 1
      }
    }
    #expect(answers.isEmpty)
    #expect(compared > 500)
  }

  // MARK: Across accounts

  @Test func sharingGainsWhatIsSharedAndNothingElse() {
    var workbook = workbook(["checkpoint"])
    let tried = workbook.feed("what-if \(Self.share)").reply
    _ = workbook.feed(Self.share)
    let changes = workbook.feed("matrix changes").reply
    let ending = workbook.feed(
      "what-if aws kinesis delete-resource-policy --resource-arn arn:aws:kinesis:us-east-1:\(Self.account):stream/\(Self.stream)"
    ).reply
    for (page, word) in [(tried, "gains"), (changes, "gains"), (ending, "loses")] {
      let rows = page.split(separator: "\n").filter { $0.contains(" \(word) ") }
      #expect(!rows.isEmpty && rows.allSatisfy { $0.contains(" partner ") }, "\(page)")
      #expect(
        rows.contains { $0.contains("kinesis:GetRecords") }
          && rows.contains { $0.contains("kinesis:GetShardIterator") }, "\(page)")
      #expect(rows.allSatisfy { $0.contains("stream/\(Self.stream)") }, "\(page)")
      #expect(!page.contains("it is no longer there"))
      #expect(!page.contains("callers of other accounts"), "\(page)")
    }
    #expect(
      workbook.feed("what-can partner").reply.contains("kinesis: GetShardIterator, GetRecords"))
    let matrix = workbook.feed("matrix").reply.split(separator: "\n").first {
      $0.hasPrefix("partner ")
    }
    #expect(
      matrix?.split(separator: " ").suffix(4) == ["-", "yes", "-", "yes"], "\(matrix ?? "")")
  }

  @Test func aBucketBelongsToItsAccount() {
    var workbook = workbook()
    let bucket = StartNames.trailBucket
    for (action, resource) in [("s3:DeleteBucket", bucket), ("s3:GetObject", "\(bucket)/x")] {
      let turn = workbook.feed("can partner-admin \(action) on \(resource)")
      #expect(turn.status == 1)
      #expect(
        turn.reply.contains("the resource's \(Self.account): both must allow"), "\(turn.reply)")
      #expect(workbook.feed("can admin \(action) on \(resource)").status == 0)
    }
    #expect(!workbook.feed("what-can partner-admin").reply.contains("bucket/"))
  }

  @Test func whatKMSDoesNotDoAcrossAccountsNobodyCan() {
    var workbook = workbook([
      "aws kms put-key-policy --key-id \(Self.key) --policy '{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Principal\": {\"AWS\": [\"\(Self.account)\", \"444455556666\"]}, \"Action\": \"kms:*\", \"Resource\": \"*\"}]}'"
    ])
    #expect(workbook.feed("can partner-admin kms:DescribeKey on \(Self.key)").status == 0)
    #expect(workbook.feed("can partner-admin kms:ReEncryptFrom on \(Self.key)").status == 0)
    for action in ["kms:DisableKey", "kms:GetKeyPolicy"] {
      let can = workbook.feed("can partner-admin \(action) on \(Self.key)")
      #expect(
        can.status == 1 && can.reply.contains("does not work across accounts"), "\(can.reply)")
      #expect(workbook.feed("can admin \(action) on \(Self.key)").status == 0)
    }
    #expect(!workbook.feed("what-can partner-admin").reply.contains("ScheduleKeyDeletion"))
    let refused = workbook.feed(
      "aws kms get-key-policy --key-id arn:aws:kms:us-east-1:\(Self.account):key/\(Self.key) --profile partner-admin"
    )
    #expect(refused.page.text.contains("kms:GetKeyPolicy does not work across accounts"))
    #expect(!refused.page.text.contains("let nobody here in"))
  }

  // MARK: Actions that are asked otherwise

  @Test func takingARoleWithTagsAsksItsTrustPolicy() {
    var workbook = workbook()
    for action in ["sts:TagSession", "sts:SetSourceIdentity"] {
      let turn = workbook.feed("can admin \(action) on kinesis-producer-role")
      #expect(turn.status == 1 && turn.reply.contains("KH-NO-TRUST"), "\(turn.reply)")
    }
  }

  /// A question that AWS never asks has no answer: it says which one would.
  @Test(arguments: [
    ("can admin kms:Decrypt on *", "kms:Decrypt is asked of one KMS key"),
    ("who-can kinesis:PutRecord on *", "kinesis:PutRecord is asked of one Kinesis stream"),
    (
      "can admin s3:GetObject on my-cloudtrail-bucket",
      "asked of an object, such as my-cloudtrail-bucket/KEY"
    ),
    (
      "can admin s3:ListBucket on my-cloudtrail-bucket/x",
      "asked of a bucket, my-cloudtrail-bucket, and not of an object"
    ),
  ]) func aResourceThatIsNeverAskedForIsNoAnswer(_ line: String, _ says: String) {
    var workbook = Workbook()
    let turn = workbook.feed(line)
    #expect(turn.status == 2 && turn.reply.isEmpty)
    #expect(turn.errors.contains(says), "\(turn.errors)")
    for fine in [
      "can admin s3:GetObject on my-cloudtrail-bucket/x",
      "can admin s3:ListBucket on my-cloudtrail-bucket", "can admin kms:ListKeys on *",
    ] {
      #expect(workbook.feed(fine).status == 0, "\(fine)")
    }
  }

  @Test func whatNeedsNoPermissionIsToldSo() {
    var workbook = workbook()
    let can = workbook.feed("can producer sts:GetCallerIdentity on *")
    #expect(can.status == 0 && can.reply.contains("needs no permission"))
    #expect(workbook.feed("who-can sts:GetSessionToken on *").reply.contains("needs no permission"))
  }

  @Test(arguments: [
    ("kms:ReEncrypt", "kms:ReEncryptFrom"), ("s3:ListObjectsV2", "s3:List"),
    ("s3:HeadObject", "s3:"),
  ]) func anOperationIsNotAlwaysAnAction(_ action: String, _ near: String) {
    var workbook = workbook([
      "cat > l.json <<'E'\n{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"\(action)\", \"Resource\": \"*\"}]}\nE"
    ])
    #expect(workbook.feed("lint-policy l.json").reply.contains("KH-LINT-ACTION"))
    let can = workbook.feed("can admin \(action) on \(Self.key)")
    #expect(can.status == 2 && can.errors.contains("has no action"), "\(can.errors)")
  }

  @Test func actionsOfS3AndOfKMSThatNoOperationIsNamedAfterAreKnown() {
    var workbook = workbook([
      "cat > l.json <<'E'\n{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": [\"s3:GetObjectVersion\", \"s3:ListBucketVersions\", \"s3:DeleteObjectVersion\", \"s3:GetLifecycleConfiguration\", \"s3:ListMultipartUploadParts\", \"kms:SynchronizeMultiRegionKey\"], \"Resource\": \"*\"}]}\nE"
    ])
    let turn = workbook.feed("lint-policy l.json")
    #expect(turn.status == 0, "\(turn.reply)")
    #expect(
      workbook.feed("can admin kms:ReEncrypt* on \(Self.key)").errors.contains(
        "stands for 2 actions"))
  }

  // MARK: Who and why

  @Test func aWrongAccessKeyIsNamedAndNotTheProfile() {
    var workbook = workbook(["export AWS_ACCESS_KEY_ID=foo"])
    let errors = workbook.feed("whoami").errors
    #expect(errors.contains("There is no access key \"foo\""), "\(errors)")
    #expect(errors.contains("unset AWS_ACCESS_KEY_ID"))
  }

  @Test func whatAPolicyOfAKeyNeverHasAndWhoIsGoneAreTold() {
    let statement: (String, String, String) -> String = { who, action, more in
      "{\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"arn:aws:iam::\(Self.account):\(who)\"}, \"Action\": \"\(action)\", \"Resource\": \"*\"\(more)}"
    }
    var workbook = workbook([
      "aws kms create-alias --alias-name alias/x --target-key-id \(Self.key)",
      "aws kms put-key-policy --key-id \(Self.key) --policy '{\"Version\": \"2012-10-17\", \"Statement\": [\(statement("user/admin", "kms:*", "")), \(statement("user/auditor", "kms:Encrypt", ", \"Condition\": {\"ForAnyValue:StringEquals\": {\"kms:ResourceAliases\": \"alias/x\"}}"))]}'",
      "aws iam create-user --user-name tmp",
      "aws iam create-role --role-name t3 --assume-role-policy-document '{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"arn:aws:iam::\(Self.account):user/tmp\"}, \"Action\": \"sts:AssumeRole\"}]}'",
      "aws iam delete-user --user-name tmp", "aws iam create-user --user-name tmp",
    ])
    let alias = workbook.feed("can auditor kms:Encrypt on alias/x").reply
    #expect(alias.contains("counts in IAM policies alone"), "\(alias)")
    let gone = workbook.feed("can tmp sts:AssumeRole on t3").reply
    #expect(gone.contains("a user that was deleted has left its id there"), "\(gone)")
    let root = workbook.feed("can root kinesis:DeleteStream on \(Self.stream)").reply
    #expect(root.contains("needs no identity policy"), "\(root)")
  }

  @Test func levelsOfTheOrganizationAreToldApart() {
    var workbook = workbook([
      "P=$(aws organizations create-policy --name NoEnc --description d --type SERVICE_CONTROL_POLICY --content '{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Deny\", \"Action\": \"kms:Encrypt\", \"Resource\": \"*\"}]}' --query Policy.PolicySummary.Id --output text)",
      "aws organizations attach-policy --policy-id $P --target-id \(Self.account)",
    ])
    _ = workbook.feed("aws kms encrypt --key-id \(Self.key) --plaintext aGk=")
    let page = workbook.feed("why").reply
    let root = page.firstRange(of: "of what is attached to the root:")
    let account = page.firstRange(of: "of what is attached to the account:")
    #expect(root != nil && account != nil, "\(page)")
  }

  @Test func takingARoleThatIsNotThereIsToldSo() {
    var workbook = workbook()
    let turn = workbook.feed(
      "aws sts assume-role --role-arn arn:aws:iam::\(Self.account):role/my-producer-roll --role-session-name session"
    )
    #expect(turn.status == 254)
    for verb in ["why", "fix"] {
      let reply = workbook.feed(verb).reply
      #expect(reply.contains("there is no role \"my-producer-roll\""), "\(reply)")
      #expect(reply.contains("did you mean my-producer-role?"))
    }
  }

  @Test func whoamiTellsAllThatLimitsTheCredentials() {
    var workbook = workbook([
      "aws iam put-role-permissions-boundary --role-name kinesis-producer-role --permissions-boundary arn:aws:iam::aws:policy/AdministratorAccess",
      "C=$(aws sts assume-role --role-arn arn:aws:iam::\(Self.account):role/kinesis-producer-role --role-session-name session --duration-seconds 900 --policy '{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"kinesis:*\", \"Resource\": \"*\"}]}' --query Credentials.[AccessKeyId,SecretAccessKey,SessionToken] --output text)",
      "export AWS_ACCESS_KEY_ID=$(query -r Credentials.AccessKeyId)",
    ])
    let reply = workbook.feed("whoami").reply
    #expect(reply.contains("boundary   AdministratorAccess"), "\(reply)")
    #expect(reply.contains("which came with them and limits them"))
    #expect(!reply.contains("expired"))
    _ = workbook.feed("wait 1h")
    #expect(workbook.feed("whoami").reply.contains("they have expired"))
  }

  @Test func aGroupsPolicyNamesItsGroup() {
    var workbook = workbook([
      "aws iam create-group --group-name ops", "aws iam create-user --user-name ann",
      "aws iam add-user-to-group --group-name ops --user-name ann",
      "aws iam put-group-policy --group-name ops --policy-name Look --policy-document '{\"Version\": \"2012-10-17\", \"Statement\": [{\"Sid\": \"Keys\", \"Effect\": \"Allow\", \"Action\": \"kms:ListKeys\", \"Resource\": \"*\"}]}'",
    ])
    #expect(workbook.feed("can ann kms:ListKeys on *").reply.contains("group/ops:Look#Keys"))
  }

  @Test func theSilentLevelOfTheOrganizationIsNamed() {
    var workbook = workbook([
      "P=$(aws organizations create-policy --name Few --description d --type SERVICE_CONTROL_POLICY --content '{\"Version\": \"2012-10-17\", \"Statement\": [{\"Sid\": \"Only\", \"Effect\": \"Allow\", \"Action\": [\"kinesis:*\", \"organizations:*\"], \"Resource\": \"*\"}]}' --query Policy.PolicySummary.Id --output text)",
      "aws organizations attach-policy --policy-id $P --target-id \(Self.account)",
      "aws organizations detach-policy --policy-id p-FullAWSAccess --target-id \(Self.account)",
    ])
    let reply = workbook.feed("can admin kms:ListKeys on *").reply
    #expect(reply.contains("attached to the account"), "\(reply)")
    #expect(reply.contains("Few:Only"))
  }

  @Test func everyNearMissOfTheCallerHasItsCaret() {
    let role = "arn:aws:iam::\(Self.account):role/kinesis-producer-role"
    let statements = [
      ("a", "arn:aws:iam::\(Self.account):user/admin", "kms:*", ""),
      ("one", "arn:aws:iam::\(Self.account):role/my-producer-role", "kms:Encrypt", ""),
      (
        "two", role, "kms:Encrypt",
        ", \"Condition\": {\"StringEquals\": {\"kms:EncryptionContext:dept\": \"it\"}}"
      ), ("three", role, "kms:Encypt", ""),
    ].map { sid, who, action, more in
      "{\"Sid\": \"\(sid)\", \"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"\(who)\"}, \"Action\": \"\(action)\", \"Resource\": \"*\"\(more)}"
    }
    var workbook = workbook([
      "cat > k.json <<'E'\n{\"Version\": \"2012-10-17\", \"Statement\": [\n\(statements.joined(separator: ",\n"))\n]}\nE",
      "aws kms put-key-policy --key-id \(Self.key) --policy file://k.json",
    ])
    _ = workbook.feed(
      "aws kms encrypt --key-id \(Self.key) --plaintext aGk= --encryption-context dept=hr --profile producer"
    )
    let rows = workbook.feed("why").reply.split(separator: "\n").map(String.init)
    func isMarked(_ statement: String, _ element: String, _ part: String) -> Bool {
      guard
        let place = rows.firstIndex(where: {
          $0.contains("key:\(statement) fits, except its \(element)")
        }),
        place + 2 < rows.count
      else { return false }
      let column = rows[place + 2].prefix { $0 == " " }.count
      let marks = rows[place + 2].dropFirst(column).prefix { $0 == "^" }.count
      return rows[place + 1].dropFirst(column).prefix(marks) == part
    }
    #expect(isMarked("two", "Condition", "\"it\""), "\(rows)")
    #expect(isMarked("three", "Action", "\"kms:Encypt\""), "\(rows)")
    #expect(!rows.contains { $0.contains("key:a fits, except") })
  }

  // MARK: Fix

  @Test func aFixAllowsTheCallAsItWasMadeAndSaysWhatElseWouldDo() {
    var workbook = workbook([
      "cat > k.json <<'E'\n{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"arn:aws:iam::\(Self.account):root\"}, \"Action\": \"kms:*\", \"Resource\": \"*\"}, {\"Sid\": \"it\", \"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"arn:aws:iam::\(Self.account):user/auditor\"}, \"Action\": \"kms:Encrypt\", \"Resource\": \"*\", \"Condition\": {\"StringEquals\": {\"kms:EncryptionContext:dept\": \"it\"}}}]}\nE",
      "aws kms put-key-policy --key-id \(Self.key) --policy file://k.json",
    ])
    let encrypt = "aws kms encrypt --key-id \(Self.key) --plaintext aGk= --profile auditor"
    #expect(workbook.feed("\(encrypt) --encryption-context dept=hr").status == 254)
    let fix = workbook.feed("fix --apply").reply
    #expect(
      fix.contains("kms:EncryptionContext:dept\": \"hr\"")
        || fix.contains("\"kms:EncryptionContext:dept\":\"hr\""), "\(fix)")
    #expect(fix.contains("key:it would let it through as it is"))
    #expect(fix.contains("with kms:EncryptionContext:dept=hr"))
    #expect(workbook.feed("\(encrypt) --encryption-context dept=hr").status == 0)
    #expect(workbook.feed("\(encrypt) --encryption-context dept=sales").status == 254)
    #expect(workbook.feed(encrypt).status == 254)
  }

  @Test func aFixOfATrustPolicyKeepsTheExternalID() {
    let role = "arn:aws:iam::\(Self.account):role/my-producer-role"
    var workbook = workbook([
      "aws iam update-assume-role-policy --role-name my-producer-role --policy-document '{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"arn:aws:iam::\(Self.account):user/auditor\"}, \"Action\": \"sts:AssumeRole\", \"Condition\": {\"StringEquals\": {\"sts:ExternalId\": \"one\"}}}]}'"
    ])
    let assume =
      "aws sts assume-role --role-arn \(role) --role-session-name session --profile auditor"
    #expect(workbook.feed("\(assume) --external-id two").status == 254)
    let fix = workbook.feed("fix --apply").reply
    #expect(fix.contains("would let it through as it is"), "\(fix)")
    #expect(workbook.feed("\(assume) --external-id two").status == 0)
    #expect(workbook.feed(assume).status == 254)
  }

  /// One more value for everybody opens more than an exception for the caller, which only requests
  /// with that value show.
  @Test func aDenyByContextIsNotOpenedForEverybody() {
    let keyPolicy =
      "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"arn:aws:iam::\(Self.account):root\"}, \"Action\": \"kms:*\", \"Resource\": \"*\"}, {\"Effect\": \"Allow\", \"Principal\": {\"AWS\": [\"arn:aws:iam::\(Self.account):user/auditor\", \"arn:aws:iam::\(Self.account):role/my-producer-role\"]}, \"Action\": \"kms:Encrypt\", \"Resource\": \"*\"}, {\"Effect\": \"Deny\", \"Principal\": \"*\", \"Action\": \"kms:Encrypt\", \"Resource\": \"*\", \"Condition\": {\"StringNotEquals\": {\"kms:EncryptionContext:dept\": \"it\"}}}]}"
    var workbook = workbook([
      "cat > k.json <<'E'\n\(keyPolicy)\nE",
      "aws kms put-key-policy --key-id \(Self.key) --policy file://k.json",
    ])
    let encrypt =
      "aws kms encrypt --key-id \(Self.key) --plaintext aGk= --encryption-context dept=hr"
    #expect(workbook.feed("\(encrypt) --profile auditor").status == 254)
    #expect(workbook.feed("fix --apply").status == 0)
    #expect(workbook.feed("\(encrypt) --profile auditor").status == 0)
    let who = workbook.feed(
      "can my-producer-role kms:Encrypt on \(Self.key) with kms:EncryptionContext:dept=hr")
    #expect(who.status == 1, "\(who.reply)")
  }

  @Test func aBoundaryWithAsManyVersionsAsThereMayBeLosesItsOldest() {
    let arn = "arn:aws:iam::\(Self.account):policy/Edge"
    func document(_ action: String) -> String {
      "'{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"\(action)\", \"Resource\": \"*\"}]}'"
    }
    var lines = [
      "aws iam create-policy --policy-name Edge --policy-document \(document("kms:*"))"
    ]
    for number in 2...5 {
      lines.append(
        "aws iam create-policy-version --policy-arn \(arn) --policy-document \(document("kms:List\(number)*")) --set-as-default"
      )
    }
    lines.append(
      "aws iam put-user-permissions-boundary --user-name auditor --permissions-boundary \(arn)")
    lines += Self.put("{\"Effect\": \"Allow\", \"Action\": \"kms:ListKeys\", \"Resource\": \"*\"}")
    var workbook = workbook(lines)
    #expect(workbook.feed("aws kms list-keys --profile auditor").status == 254)
    let fix = workbook.feed("fix --apply").reply
    #expect(fix.contains("the oldest, v1, goes"), "\(fix)")
    #expect(workbook.feed("aws kms list-keys --profile auditor").status == 0)
  }

  @Test func anAdministratorWhoIsDeniedHimselfIsNoHelp() {
    var workbook = workbook([
      "P=$(aws organizations create-policy --name None --description d --type SERVICE_CONTROL_POLICY --content '{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Deny\", \"Action\": \"*\", \"Resource\": \"*\"}]}' --query Policy.PolicySummary.Id --output text)",
      "aws organizations attach-policy --policy-id $P --target-id \(Self.account)",
    ])
    #expect(workbook.feed("aws kinesis list-streams --profile producer").status == 254)
    let fix = workbook.feed("fix")
    #expect(fix.status == 1)
    #expect(
      fix.reply.contains("whoever might have to change it is refused as well"), "\(fix.reply)")
  }
}
