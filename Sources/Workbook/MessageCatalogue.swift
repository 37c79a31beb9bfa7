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

  /// Makes `$P`, base64 of more than half a mebibyte.
  private static let large =
    ["A=QUFBQUFB"]
    + zip(["B", "C", "D", "E", "F"], ["A", "B", "C", "D", "E"]).map { name, last in
      "\(name)=" + String(repeating: "$\(last)", count: 8)
    } + ["P=$F$F$F"]
  private static let putLarge =
    "aws kinesis put-record --stream-name \(stream) --partition-key a"

  private static func file(_ statements: String) -> String {
    "cat > p.json <<'EOF'\n{\"Version\": \"2012-10-17\", \"Statement\": [\(statements)]}\nEOF"
  }

  private static let keyVariables = "AWS_ACCESS_KEY_ID=%s AWS_SECRET_ACCESS_KEY=%s"

  /// A line that exports the credentials of a reply of STS, all three parts.
  private static func taking(_ call: String) -> String {
    "export $(printf \"\(keyVariables) AWS_SESSION_TOKEN=%s\" $(\(call) "
      + "--query \"Credentials.[AccessKeyId,SecretAccessKey,SessionToken]\" --output text))"
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

  static let table: [MessagePage] = decisions + states + inputs + lints + verbs

  // MARK: Verbs

  private static let verbs: [MessagePage] = [
    MessagePage(
      "KH-USAGE", "The verb does not take that",
      "Verbs are plain words of the lab. Under the message stand the form and an example; help VERB "
        + "shows them too.",
      ["matrix sideways"]),
    MessagePage(
      "KH-ASK-WHO", "Nobody bears that name",
      "A principal is named by its profile, as role/NAME or user/NAME, by the bare name or the ARN; "
        + "root is the root user, kinesis.amazonaws.com a service.",
      ["can producr kms:Decrypt on \(key)"]),
    MessagePage(
      "KH-ASK-WHAT", "That is no question AWS asks",
      "A question is about one action, as policies spell it, and one resource of the kind that the "
        + "action is asked for. \"*\" stands for no resource at all.",
      ["can producer kms:Decrypt on no-such-key"]),
  ]

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
        taking(
          "aws sts assume-role --role-arn arn:aws:iam::123456789012:role/my-producer-role --role-session-name me --policy file://p.json"
        ),
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
      "KH-NO-ENDPOINT", "The VPC endpoint's policy does not allow it",
      "The call comes through a VPC endpoint, and what its policy does not allow does not pass there, "
        + "whatever the caller may do elsewhere. What Kinesis asks KMS for does not come through the "
        + "caller's endpoint.",
      [
        file(
          "{\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"kms:List*\", \"Resource\": \"*\"}"
        ),
        "vpc-endpoint kms --policy p.json", encrypt, "why",
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
    MessagePage(
      "KH-ROW-MANAGED", "The guide wants IAM to allow the managed key",
      "Under the described model a caller needs kms:GenerateDataKey and kms:Decrypt of its own even "
        + "for aws/kinesis. AWS itself lets the managed key's policy admit whoever may use Kinesis.",
      [
        file("{\"Effect\": \"Allow\", \"Action\": \"kinesis:*\", \"Resource\": \"*\"}"),
        "aws iam create-user --user-name eve",
        "aws iam put-user-policy --user-name eve --policy-name P --policy-document file://p.json",
        "aws kinesis start-stream-encryption --stream-name \(stream) --encryption-type KMS --key-id alias/aws/kinesis",
        "aws kinesis wait stream-exists --stream-name \(stream)",
        "export $(printf \"\(keyVariables)\" $(aws iam create-access-key --user-name eve --query \"AccessKey.[AccessKeyId,SecretAccessKey]\" --output text))",
        put, "why",
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
        taking(
          "aws sts assume-role --role-arn arn:aws:iam::123456789012:role/my-producer-role --role-session-name me"
        ),
        "wait 2h", "aws kinesis list-streams", "why",
      ]),
  ]

  private static let inputs: [MessagePage] = [
    MessagePage(
      "KH-SHARD-MISSING", "The stream has no such shard",
      "Shards are numbered from shardId-000000000000; aws kinesis list-shards shows them, the closed "
        + "ones too as long as they keep records.",
      [
        "aws kinesis get-shard-iterator --stream-name \(stream) --shard-id shardId-000000000099 --shard-iterator-type LATEST",
        "why",
      ]),
    MessagePage(
      "KH-KEY-FOREIGN", "The key belongs to another account",
      "A key of another account serves only whom its policy names, and the caller's own account must "
        + "allow it as well. KMS does not say which of the two was missing, nor whether there is "
        + "such a key.",
      [
        "aws kms encrypt --key-id arn:aws:kms:us-east-1:111122223333:key/\(key) --plaintext aGk=",
        "why",
      ]),
    MessagePage(
      "KH-KEY-ORIGIN", "The key's material comes from elsewhere",
      "Automatic rotation is for material that KMS made itself, imports are for keys of origin "
        + "EXTERNAL. describe-key shows a key's Origin.",
      [
        "aws kms get-parameters-for-import --key-id \(key) --wrapping-algorithm RSAES_OAEP_SHA_256 --wrapping-key-spec RSA_2048",
        "why",
      ]),
    MessagePage(
      "KH-KEY-USAGE", "The key is for something else",
      "A key's usage is chosen when it is made and stays: a key for signatures encrypts nothing. "
        + "Only symmetric encryption keys can protect a stream.",
      [
        "K=$(aws kms create-key --key-usage SIGN_VERIFY --key-spec ECC_NIST_P256 --query KeyMetadata.KeyId --output text)",
        "aws kms generate-data-key --key-id $K --key-spec AES_256", "why",
      ]),
    MessagePage(
      "KH-KEY-IMPORT", "The import does not fit",
      "Wrapped material and token belong together, for 24 hours, and for the key that they were made "
        + "for. A key takes again only the material that it had.",
      [
        "K=$(aws kms create-key --origin EXTERNAL --query KeyMetadata.KeyId --output text)",
        "aws kms import-key-material --key-id $K --encrypted-key-material aGk= --import-token aGk= --expiration-model KEY_MATERIAL_DOES_NOT_EXPIRE",
        "why",
      ]),
    MessagePage(
      "KH-ALIAS-NAME", "That cannot be an alias",
      "An alias begins with alias/, is not one of AWS's alias/aws/…, and stands for a key, not for "
        + "another alias.",
      ["aws kms create-alias --alias-name orders --target-key-id \(key)", "why"]),
    MessagePage(
      "KH-CIPHERTEXT-KEY", "The ciphertext is another key's",
      "A ciphertext of KMS names the key that made it. Decrypt there: without --key-id, or with that "
        + "key's.",
      [
        "B=$(aws kms encrypt --key-id \(key) --plaintext aGk= --query CiphertextBlob --output text)",
        "K=$(aws kms create-key --query KeyMetadata.KeyId --output text)",
        "aws kms decrypt --ciphertext-blob $B --key-id $K", "why",
      ]),
    MessagePage(
      "KH-POLICY-MISSING", "There is no such policy here",
      "A key has one policy, called default. A stream has none before put-resource-policy gives it "
        + "one.",
      ["aws kms get-key-policy --key-id \(key) --policy-name mine", "why"]),
    MessagePage(
      "KH-LOCKOUT", "The new policy would lock its author out",
      "KMS refuses a key policy under which whoever sets it could not change it again. "
        + "--bypass-policy-lockout-safety-check sets it all the same; then only AWS can help.",
      [
        file(
          "{\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"arn:aws:iam::123456789012:role/kinesis-producer-role\"}, \"Action\": \"kms:GenerateDataKey\", \"Resource\": \"*\"}"
        ), "aws kms put-key-policy --key-id \(key) --policy file://p.json", "why",
      ]),
    MessagePage(
      "KH-GRANT", "No such grant, or nobody to grant it to",
      "A grant is known by its id and belongs to one key; its grantee must be a principal that there "
        + "is. aws kms list-grants shows a key's.",
      ["aws kms revoke-grant --key-id \(key) --grant-id nothing", "why"]),
    MessagePage(
      "KH-RECORD-DAMAGED", "What is stored is not what was written",
      "A record lies sealed on the disk, bound to its stream. When a bit of it differs, AES-GCM finds "
        + "out, and nothing is given out.",
      []),
    MessagePage(
      "KH-RECORD-SIZE", "Too much at once",
      "A record holds 1 MiB with its partition key, a put-records call 500 records. Split what is "
        + "larger.",
      large + ["\(putLarge) --data $P$P", "why"]),
    MessagePage(
      "KH-ITERATOR", "The iterator is too old",
      "An iterator lives five minutes. Get a new one with get-shard-iterator, "
        + "AFTER_SEQUENCE_NUMBER where you left.",
      [
        "I=$(aws kinesis get-shard-iterator --stream-name \(stream) --shard-id shardId-000000000000 --shard-iterator-type TRIM_HORIZON --query ShardIterator --output text)",
        "wait 10m", "aws kinesis get-records --shard-iterator $I", "why",
      ]),
    MessagePage(
      "KH-ITERATOR-INPUT", "That is no place in the shard",
      "An iterator is taken over as it was given out. AT_SEQUENCE_NUMBER and AFTER_SEQUENCE_NUMBER "
        + "want a sequence number of that shard, AT_TIMESTAMP a time that is not to come.",
      ["aws kinesis get-records --shard-iterator nonsense", "why"]),
    MessagePage(
      "KH-CREDENTIALS-OFF", "The access key is switched off",
      "aws iam list-access-keys shows which keys of a user are Inactive; update-access-key --status "
        + "Active brings one back. The credentials of a role that was deleted serve no more either: the "
        + "role must be made again, and policies must name it anew.",
      [
        "KEY=$(aws iam create-access-key --user-name auditor --query \"AccessKey.[AccessKeyId,SecretAccessKey]\" --output text)",
        "export $(printf \"\(keyVariables)\" $KEY)",
        "aws iam update-access-key --user-name auditor --access-key-id $AWS_ACCESS_KEY_ID --status Inactive --profile admin",
        "aws kms list-keys", "why",
      ]),
    MessagePage(
      "KH-CREDENTIALS-UNKNOWN", "An access key that nobody has",
      "Before any policy is asked, AWS looks up whose access key signed the request. One that was "
        + "mistyped, or that was deleted (with its user or role, too), is nobody's: IAM and STS answer "
        + "InvalidClientTokenId, S3 InvalidAccessKeyId, the others UnrecognizedClientException, and "
        + "CloudTrail records nothing. whoami shows which credentials are in use; unset "
        + "AWS_ACCESS_KEY_ID goes back to the profile.",
      [
        "export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "aws kms list-keys", "why",
      ]),
    MessagePage(
      "KH-CREDENTIALS-KIND", "Not with credentials of this kind",
      "Credentials of get-session-token and get-federation-token open no IAM and hardly any of STS; "
        + "those of a role give out no further tokens. Use the user's own access key.",
      [
        taking("aws sts get-session-token"),
        "aws iam list-users", "why",
      ]),
    MessagePage(
      "KH-LIMIT", "As many as there may be",
      "AWS has quotas: versions of a policy, keys of a user, bytes of a policy. Remove one, or ask "
        + "AWS for more where the quota can be raised.",
      [
        "aws iam create-access-key --user-name auditor",
        "aws iam create-access-key --user-name auditor",
        "aws iam create-access-key --user-name auditor", "why",
      ]),
    MessagePage(
      "KH-EXISTS", "It is there already",
      "Names are unique: of streams and aliases in a Region, of users, roles, groups and policies in "
        + "the account.",
      ["aws iam create-user --user-name auditor", "why"]),
    MessagePage(
      "KH-IN-USE", "Something still hangs on it",
      "IAM deletes nothing that carries policies, keys or members. Take them away first.",
      ["aws iam delete-role --role-name my-producer-role", "why"]),
    MessagePage(
      "KH-TOKEN", "That token is none of this list's",
      "The token of a next page is taken over as the page before gave it.",
      ["aws kms list-keys --marker nonsense", "why"]),
    MessagePage(
      "KH-ORGANIZATION", "The organization refuses",
      "Policies hang on the root and on accounts, five of a type at most and one at least, and only "
        + "while their type is enabled. AWS's own cannot be changed.",
      [
        "aws organizations detach-policy --policy-id p-FullAWSAccess --target-id 123456789012",
        "why",
      ]),
    MessagePage(
      "KH-DRY-RUN", "It would have worked",
      "With --dry-run a call is judged and not carried out; DryRunOperationException means yes.",
      ["\(encrypt) --dry-run", "why"]),
    MessagePage(
      "KH-NOT-SIMULATED", "AWS can, the lab cannot",
      "AWS has the operation or the option; this lab does not carry it out. help lists what there is.",
      [
        "aws organizations enable-policy-type --root-id r-kh01 --policy-type TAG_POLICY", "why",
      ]),
    MessagePage(
      "KH-THROTTLED", "The quota is used up",
      "KMS takes so many cryptographic requests a second for all callers of an account and Region "
        + "together, a shard 1 MiB or 1,000 records a second. Try again a moment later; fewer data "
        + "keys and more shards help for longer.",
      [
        "load --stream-name \(stream) --rate 3000/s --record-size 10 --for 1s --writer admin",
        "why",
      ]),
    MessagePage(
      "KH-INPUT", "The request is not as the operation wants it",
      "The service's own sentence says which member and which rule. help and --help show what an "
        + "operation takes.",
      ["aws kinesis create-stream --stream-name 'a b' --shard-count 1", "why"]),
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
      "KH-LINT-FORWARDED", "A service that never comes by itself",
      "As AWS documents it, Kinesis calls KMS with the credentials of whoever called Kinesis. A key "
        + "policy's statement for kinesis.amazonaws.com matches none of these calls: name the roles, and "
        + "narrow them with kms:ViaService. In the described model the guide is right.",
      ["model documented"]
        + lint(
          "{\"Effect\": \"Allow\", \"Principal\": {\"Service\": \"kinesis.amazonaws.com\"}, \"Action\": \"kms:Decrypt\", \"Resource\": \"*\"}"
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
        + "condition never holds. And kms:ResourceAliases counts in IAM policies alone: in a key's own "
        + "policy no request has it.",
      lint(
        "{\"Effect\": \"Allow\", \"Action\": \"kinesis:PutRecord\", \"Resource\": \"*\", \"Condition\": {\"StringEquals\": {\"kms:ViaService\": \"x\"}}}"
      )),
    MessagePage(
      "KH-LINT-CONDITION", "A condition key that is misspelt",
      "AWS does not check the names of condition keys. A request never has a misspelt one, so the line "
        + "never holds, or always where the operator is negated.",
      lint(
        "{\"Effect\": \"Allow\", \"Action\": \"kms:Decrypt\", \"Resource\": \"*\", \"Condition\": {\"StringEquals\": {\"kms:ViaServce\": \"kinesis.us-east-1.amazonaws.com\"}}}"
      )),
    MessagePage(
      "KH-LINT-VALUE", "A value that cannot be",
      "No request ever has such a value there: an account with too few digits, kms:ViaService without "
        + "its Region, true written yes.",
      lint(
        "{\"Effect\": \"Allow\", \"Action\": \"kms:Decrypt\", \"Resource\": \"*\", \"Condition\": {\"StringEquals\": {\"kms:ViaService\": \"kinesis.amazonaws.com\"}}}"
      )),
    MessagePage(
      "KH-LINT-WILDCARD", "A star that is only a star",
      "StringEquals compares letter by letter. StringLike knows * and ?.",
      lint(
        "{\"Effect\": \"Allow\", \"Action\": \"kms:Decrypt\", \"Resource\": \"*\", \"Condition\": {\"StringEquals\": {\"kms:ViaService\": \"kinesis.*.amazonaws.com\"}}}"
      )),
    MessagePage(
      "KH-LINT-MULTI", "Several values, and no word how many count",
      "A key such as aws:CalledVia comes with several values. ForAnyValue: wants one of them to fit, "
        + "ForAllValues: every one.",
      lint(
        "{\"Effect\": \"Allow\", \"Action\": \"kms:Decrypt\", \"Resource\": \"*\", \"Condition\": {\"StringEquals\": {\"aws:CalledVia\": \"kinesis.amazonaws.com\"}}}"
      )),
    MessagePage(
      "KH-LINT-NOTPRINCIPAL", "A Deny that covers those it spares",
      "NotPrincipal with Deny forbids all who are not listed, and the account of a listed role is not "
        + "the role: list the account as well, or use a Condition on aws:PrincipalArn.",
      lint(
        "{\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"arn:aws:iam::123456789012:root\"}, \"Action\": \"kms:*\", \"Resource\": \"*\"}, {\"Effect\": \"Deny\", \"NotPrincipal\": {\"AWS\": \"arn:aws:iam::123456789012:user/admin\"}, \"Action\": \"kms:Decrypt\", \"Resource\": \"*\"}"
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
    guard !example.isEmpty else {
      page.add("No command of AWS brings it about: somebody must change the bytes on the disk.")
      return page
    }
    page.add("To see it in a new lab:")
    for line in example { page.add("  \(line)", .quote) }
    return page
  }
}
