import Cloud
import Narration
import Values

/// What `explain KH-…` says: what a message means, what to do, and lines that bring it about.
struct MessagePage: Sendable {
  let name: String
  let title: String
  /// What it means and what helps.
  let text: String
  /// Lines for a new lab; under the last of them the message appears.
  let example: [String]

  private init(_ name: String, _ title: String, _ text: String, _ example: [String]) {
    self.name = name
    self.title = title
    self.text = text
    self.example = example
  }

  static func named(_ name: String) -> MessagePage? {
    table.first { $0.name == name.uppercased() }
  }

  private static let key = StartNames.keyID
  private static let encrypt = "aws kms encrypt --key-id \(StartNames.keyID) --plaintext aGk="
  private static let stream = "my-existing-stream"
  private static let put =
    "aws kinesis put-record --stream-name \(stream) --partition-key a --data aGk="

  private static func file(_ statements: String) -> String {
    "cat > p.json <<'EOF'\n{\"Version\": \"2012-10-17\", \"Statement\": [\(statements)]}\nEOF"
  }

  private static func user(_ statements: String) -> [String] {
    [
      file(statements),
      "aws iam put-user-policy --user-name auditor --policy-name P --policy-document file://p.json",
    ]
  }

  private static func lint(_ statements: String) -> [String] {
    [file(statements), "lint-policy p.json"]
  }

  static let table: [MessagePage] = decisions + states + lints

  // MARK: Decisions

  private static let decisions: [MessagePage] = [
    MessagePage(
      "KH-DENY", "A Deny covers the call",
      "Some policy says Deny to just this, and a Deny beats every Allow, wherever either stands. "
        + "More permissions do not help: the Deny must be narrowed or go. The caret shows it.",
      user("{\"Effect\": \"Deny\", \"Action\": \"kms:*\", \"Resource\": \"*\"}") + [
        "\(encrypt) --profile auditor", "why",
      ]),
    MessagePage(
      "KH-NO-IDENTITY", "No policy of the caller allows it",
      "Nothing forbids the call; the user, its groups or the role carry no statement that covers "
        + "action, resource and conditions together. The nearest one is shown with what it misses. "
        + "For a key: the key policy leaves it to the account, so IAM must say yes.",
      ["\(encrypt) --profile auditor", "why"]),
    MessagePage(
      "KH-NO-RESOURCE", "The resource's own policy does not allow it",
      "A key's policy is the first word about the key. It neither names the caller nor leaves the "
        + "matter to the account, so IAM policies do not even count.",
      [
        file(
          "{\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"arn:aws:iam::123456789012:user/admin\"}, \"Action\": \"kms:*\", \"Resource\": \"*\"}"
        ), "aws kms put-key-policy --key-id \(key) --policy file://p.json",
        "\(encrypt) --profile auditor", "why",
      ]),
    MessagePage(
      "KH-NO-TRUST", "The role does not trust the caller",
      "Who may take a role stands in the role's trust policy, and nowhere else. It must name the "
        + "caller, or the caller's account.",
      [
        file(
          "{\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"arn:aws:iam::123456789012:user/admin\"}, \"Action\": \"sts:AssumeRole\"}"
        ),
        "aws iam update-assume-role-policy --role-name my-producer-role --policy-document file://p.json",
        "aws sts assume-role --role-arn arn:aws:iam::123456789012:role/my-producer-role --role-session-name me --profile auditor",
        "why",
      ]),
    MessagePage(
      "KH-NO-BOUNDARY", "The permissions boundary does not allow it",
      "A boundary gives nothing; it says how far the user's or role's own policies reach. Both must "
        + "allow the call.",
      [
        file("{\"Effect\": \"Allow\", \"Action\": \"kinesis:*\", \"Resource\": \"*\"}"),
        "aws iam create-policy --policy-name Edge --policy-document file://p.json",
        "aws iam put-user-permissions-boundary --user-name auditor --permissions-boundary arn:aws:iam::123456789012:policy/Edge",
        "aws iam list-users --profile auditor", "why",
      ]),
    MessagePage(
      "KH-NO-SESSION", "The session policy does not allow it",
      "Whoever took the role passed a policy along, and it leaves less than the role has. Take the "
        + "role again without it, or with one that covers the call.",
      [
        file("{\"Effect\": \"Allow\", \"Action\": \"kinesis:*\", \"Resource\": \"*\"}"),
        "aws iam put-role-policy --role-name my-producer-role --policy-name All --policy-document '{\"Version\": \"2012-10-17\", \"Statement\": {\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\"}}'",
        "export AWS_ACCESS_KEY_ID=$(aws sts assume-role --role-arn arn:aws:iam::123456789012:role/my-producer-role --role-session-name me --policy file://p.json --query Credentials.AccessKeyId --output text)",
        "aws iam list-users", "why",
      ]),
    MessagePage(
      "KH-NO-SCP", "A service control policy does not allow it",
      "The organization decides how far any policy of the account reaches. Every level from the "
        + "root down must allow; here one of them has no Allow for the call.",
      [
        file(
          "{\"Effect\": \"Allow\", \"Action\": [\"kinesis:*\", \"organizations:*\"], \"Resource\": \"*\"}"
        ),
        "P=$(aws organizations create-policy --name Only --description d --type SERVICE_CONTROL_POLICY --content file://p.json --query Policy.PolicySummary.Id --output text)",
        "aws organizations attach-policy --policy-id $P --target-id 123456789012",
        "aws organizations detach-policy --policy-id p-FullAWSAccess --target-id 123456789012",
        "aws iam list-users", "why",
      ]),
    MessagePage(
      "KH-ROW-BOTH", "The guide wants both policies",
      "Under the described model the caller's policy and a key policy that names the caller must "
        + "both allow what Kinesis asks KMS for. AWS itself is content with one of them.",
      [
        "aws kinesis start-stream-encryption --stream-name \(stream) --encryption-type KMS --key-id \(key)",
        "aws kinesis wait stream-exists --stream-name \(stream)", put, "why",
      ]),
    MessagePage(
      "KH-ROW-SERVICE", "The guide wants the service named",
      "Under the described model the key policy must admit kinesis.amazonaws.com as well. AWS "
        + "itself acts with the caller's permissions and asks for no such statement.",
      [
        file(
          "{\"Effect\": \"Allow\", \"Principal\": {\"AWS\": [\"arn:aws:iam::123456789012:root\", \"arn:aws:iam::123456789012:user/admin\"]}, \"Action\": \"kms:*\", \"Resource\": \"*\"}"
        ), "aws kms put-key-policy --key-id \(key) --policy file://p.json",
        "aws kinesis start-stream-encryption --stream-name \(stream) --encryption-type KMS --key-id \(key)",
        "aws kinesis wait stream-exists --stream-name \(stream)", put, "why",
      ]),
  ]

  // MARK: States and inputs

  private static let states: [MessagePage] = [
    MessagePage(
      "KH-STREAM-MISSING", "There is no such stream",
      "Kinesis looks in the Region and the account of the call. Look at the name, at --region, and "
        + "at aws kinesis list-streams.",
      ["aws kinesis describe-stream --stream-name nowhere", "why"]),
    MessagePage(
      "KH-STREAM-MAKING", "The stream is still being made",
      "For reads and writes a stream is not there before it is ACTIVE. Wait for it.",
      [
        "aws kinesis create-stream --stream-name young --shard-count 1",
        "aws kinesis put-record --stream-name young --partition-key a --data aGk=", "why",
      ]),
    MessagePage(
      "KH-STREAM-BUSY", "The stream is between two states",
      "A change is under way, and the next one waits for its end: aws kinesis wait stream-exists, "
        + "or wait 15s.",
      [
        "aws kinesis create-stream --stream-name young --shard-count 1",
        "aws kinesis start-stream-encryption --stream-name young --encryption-type KMS --key-id \(key)",
        "why",
      ]),
    MessagePage(
      "KH-ENTITY-MISSING", "IAM has nothing of that name",
      "Names of users, groups, roles and policies count with their capitals.",
      ["aws iam get-role --role-name kinesis-producer", "why"]),
    MessagePage(
      "KH-KEY-MISSING", "The identifier leads to no key",
      "A key is named by its id, its ARN, an alias or an alias ARN, in the Region of the call. Some "
        + "operations take no alias.",
      ["aws kms describe-key --key-id alias/nothing", "why"]),
    MessagePage(
      "KH-KEY-REGION", "The key lives in another Region",
      "A key serves only its own Region. Call there, or use a key of this Region.",
      [
        "aws kms describe-key --key-id arn:aws:kms:eu-west-1:123456789012:key/\(key)", "why",
      ]),
    MessagePage(
      "KH-KEY-DISABLED", "The key is switched off",
      "All permissions were right; the key's state forbids the use. enable-key switches it on. "
        + "Data keys that Kinesis remembers go on until they are due.",
      ["aws kms disable-key --key-id \(key)", encrypt, "why"]),
    MessagePage(
      "KH-KEY-STATE", "The key's state forbids it",
      "A key that waits for its deletion, or for its material, can be used for nothing. "
        + "cancel-key-deletion brings it back, disabled.",
      ["aws kms schedule-key-deletion --key-id \(key)", encrypt, "why"]),
    MessagePage(
      "KH-CIPHERTEXT", "The ciphertext does not open",
      "AES-GCM finds that bytes, key or encryption context are not what was sealed, and KMS does "
        + "not say which. The context must be the same pairs, capitals included.",
      [
        "B=$(aws kms encrypt --key-id \(key) --plaintext aGk= --encryption-context a=b --query CiphertextBlob --output text)",
        "aws kms decrypt --ciphertext-blob $B --encryption-context a=B", "why",
      ]),
    MessagePage(
      "KH-POLICY-SYNTAX", "The policy does not parse",
      "AWS says little; the line under it says what is wrong, and the caret where.",
      [
        "aws iam put-user-policy --user-name auditor --policy-name P --policy-document '{\"Version\": \"2012-10-17\", \"Statement\": [{\"Efect\": \"Allow\"}]}'",
        "why",
      ]),
    MessagePage(
      "KH-EXPIRED", "The credentials came to their end",
      "Credentials of a role last as long as was asked for, an hour if nothing was. Take the role "
        + "again.",
      [
        "export AWS_ACCESS_KEY_ID=$(aws sts assume-role --role-arn arn:aws:iam::123456789012:role/my-producer-role --role-session-name me --query Credentials.AccessKeyId --output text)",
        "wait 2h", "aws kinesis list-streams", "why",
      ]),
  ]

  // MARK: Lint

  private static let lints: [MessagePage] = [
    MessagePage(
      "KH-LINT-ACTION", "There is no such action",
      "The statement parses and matches nothing: AWS does not check the names of actions.",
      lint("{\"Effect\": \"Allow\", \"Action\": \"kms:GenerateDataKeys\", \"Resource\": \"*\"}")),
    MessagePage(
      "KH-LINT-SERVICE", "There is no such service",
      "The part before the colon is the service's prefix: kinesis and kms, not streams or key.",
      lint("{\"Effect\": \"Allow\", \"Action\": \"kinesi:PutRecord\", \"Resource\": \"*\"}")),
    MessagePage(
      "KH-LINT-PAIR", "Action and resource never meet",
      "Each action is asked for its own kind of resource, some for none. A statement whose Resource "
        + "is of another kind never matches. ListStreams on a stream's ARN is the usual one.",
      lint(
        "{\"Effect\": \"Allow\", \"Action\": \"kinesis:ListStreams\", \"Resource\": \"arn:aws:kinesis:us-east-1:123456789012:stream/s\"}"
      )),
    MessagePage(
      "KH-LINT-STAR", "Every operation of a service",
      "kms:* has deletion and changes of the policy in it. Producers need kms:GenerateDataKey, "
        + "consumers kms:Decrypt.",
      lint("{\"Effect\": \"Allow\", \"Action\": \"kms:*\", \"Resource\": \"*\"}")),
    MessagePage(
      "KH-LINT-EVERYBODY", "Everybody, and no condition",
      "Principal \"*\" means everybody, of all accounts. A Condition such as kms:CallerAccount and "
        + "kms:ViaService narrows it.",
      lint(
        "{\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"kms:Decrypt\", \"Resource\": \"*\"}"
      )),
    MessagePage(
      "KH-LINT-DELEGATION", "Nobody but those named here",
      "Without a statement for the account's root, IAM policies do not count for the key, and when "
        + "the named principals are gone nobody can change it.",
      lint(
        "{\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"arn:aws:iam::123456789012:user/admin\"}, \"Action\": \"kms:Decrypt\", \"Resource\": \"*\"}"
      )),
    MessagePage(
      "KH-LINT-NOT", "Everything but",
      "NotAction, NotResource and NotPrincipal with Allow open all that is not listed. They belong "
        + "with Deny.",
      lint("{\"Effect\": \"Allow\", \"NotAction\": \"iam:*\", \"Resource\": \"*\"}")),
    MessagePage(
      "KH-LINT-FORALL", "ForAllValues of nothing",
      "ForAllValues is true when the request lacks the key. With Allow that opens: demand the key "
        + "with Null as well.",
      lint(
        "{\"Effect\": \"Allow\", \"Action\": \"kms:Encrypt\", \"Resource\": \"*\", \"Condition\": {\"ForAllValues:StringEquals\": {\"kms:EncryptionContextKeys\": \"a\"}}}"
      )),
    MessagePage(
      "KH-LINT-KEY", "A condition key that never comes",
      "Keys that begin with kms: come with KMS requests. A Kinesis action never has one, so the "
        + "condition never holds.",
      lint(
        "{\"Effect\": \"Allow\", \"Action\": \"kinesis:PutRecord\", \"Resource\": \"*\", \"Condition\": {\"StringEquals\": {\"kms:ViaService\": \"x\"}}}"
      )),
    MessagePage(
      "KH-LINT-VARIABLE", "A variable that is none",
      "Policies of version 2008-10-17, or of none, take ${…} as it stands.",
      [
        "cat > p.json <<'EOF'\n{\"Version\": \"2008-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"123456789012\"}, \"Action\": \"kms:Encrypt\", \"Resource\": \"*\", \"Condition\": {\"StringEquals\": {\"aws:username\": \"${aws:username}\"}}}]}\nEOF",
        "lint-policy p.json",
      ]),
    MessagePage(
      "KH-LINT-PRINCIPAL", "No such service principal",
      "A service principal is written service.amazonaws.com; a mistyped one is nobody.",
      lint(
        "{\"Effect\": \"Allow\", \"Principal\": {\"Service\": \"kinesi.amazonaws.com\"}, \"Action\": \"kms:Decrypt\", \"Resource\": \"*\"}"
      )),
    MessagePage(
      "KH-LINT-EFFECTLESS", "A statement that does nothing",
      "A key policy's statement without Action or Resource is accepted and matches nothing.",
      lint(
        "{\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"123456789012\"}, \"Action\": \"kms:Decrypt\"}"
      )),
  ]

  /// The page itself.
  var page: Page {
    var page = Page()
    page.add("\(name): \(title)", .heading)
    page.add(text)
    page.add("To see it in a new lab:")
    for line in example { page.add("  \(line)", .quote) }
    return page
  }
}
