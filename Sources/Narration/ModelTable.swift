import Cloud

extension ModelRow {
  /// What the guide says, what AWS documents, and where the facts are.
  package var texts: (described: String, documented: String, source: String) {
    switch self {
    case .dataKeyPer:
      (
        "one GenerateDataKey for each record put, one Decrypt for each batch read",
        "one data key per stream and caller's credentials for about 5 minutes",
        "Kinesis Data Streams Developer Guide, costs of server-side encryption"
      )
    case .kmsQuota:
      (
        "10,000 requests a second, up to 40,000 saved up",
        "100,000, 20,000 or 10,000 a second by Region, nothing saved up",
        "AWS KMS Developer Guide, request quotas"
      )
    case .createWithKey:
      (
        "create-stream --key-id makes an encrypted stream",
        "create-stream has no such option; start-stream-encryption comes after ACTIVE",
        "Kinesis API Reference, CreateStream"
      )
    case .startDefaultKey:
      (
        "start-stream-encryption without --key-id takes alias/aws/kinesis", "--key-id is required",
        "Kinesis API Reference, StartStreamEncryption"
      )
    case .serviceStatement:
      (
        "a customer managed key's policy must also admit kinesis.amazonaws.com",
        "a statement for kinesis.amazonaws.com never matches: Kinesis calls with the caller's own credentials",
        "IAM User Guide, forward access sessions"
      )
    case .bothMustAllow:
      (
        "with a customer managed key the identity policy and the key policy must both allow",
        "one of them is enough: the key policy names the caller, or leaves it to the account and "
          + "IAM allows",
        "AWS KMS Developer Guide, policy evaluation"
      )
    case .managedKeyIAM:
      (
        "with aws/kinesis the caller still needs the KMS action in IAM",
        "the managed key's own policy admits the account's callers through Kinesis",
        "Kinesis Data Streams Developer Guide, permissions"
      )
    case .deniedCode:
      (
        "AccessDeniedException from the stream call",
        "KMSAccessDeniedException when it was the key",
        "Kinesis API Reference, errors of PutRecord"
      )
    case .throttledCode:
      (
        "ThrottlingException from the stream call", "KMSThrottlingException",
        "Kinesis API Reference, errors of PutRecord"
      )
    case .kmsMetrics:
      (
        "ThrottledCount and UserErrorCount per key", "these do not exist; AWS/Usage CallCount does",
        "AWS KMS Developer Guide, monitoring"
      )
    case .clientCaching:
      (
        "data key caching is on by default in consumer and producer libraries, 60 s",
        "the Encryption SDK's caching materials manager; its maximum age must be given",
        "AWS Encryption SDK Developer Guide, data key caching"
      )
    }
  }

  package func says(_ model: Model) -> String {
    model == .described ? texts.described : texts.documented
  }
}

/// The table that the verb `models` prints.
package enum ModelTable {
  package static func page(current: Model) -> Page {
    var page = Page()
    page.add(
      "Two models: described (the guide) and documented (AWS). Now: \(current.rawValue).", .heading)
    for row in ModelRow.allCases {
      page.add("")
      page.add(row.rawValue, .heading)
      page.add("  described   \(row.texts.described)")
      page.add("  documented  \(row.texts.documented)")
      page.add("  source      \(row.texts.source)", .note)
    }
    page.add("")
    page.add("model documented   switches; model described switches back", .next)
    return page
  }
}

/// Rules of the engine that are simpler than AWS, or that no source settles: the verb `fidelity`.
package enum Fidelity {
  package enum Kind: String, Sendable {
    case simplified, assumed
  }

  package static let table: [(kind: Kind, rule: String)] = [
    (.simplified, "each aws command that you type takes one second of the lab's clock"),
    (.simplified, "key material comes from the lab's seeded generator: for learning only"),
    (.simplified, "KMS seals directly under its key material, without a key derived per request"),
    (.simplified, "a KMS ciphertext has a plain header and no DER around it"),
    (.simplified, "a data key lives exactly 300 s under the documented model"),
    (.simplified, "changes of policies and keys are seen at once, not after seconds or minutes"),
    (.simplified, "under the described model one Decrypt opens all data keys of a batch"),
    (
      .simplified,
      "the key behind alias/aws/kinesis is made when Kinesis first needs it; AWS makes it as well when "
        + "DescribeKey names that alias"
    ),
    (
      .simplified,
      "the described model applies its three permission rows to GenerateDataKey and "
        + "Decrypt through Kinesis; direct calls of KMS are judged as documented"
    ),
    (
      .simplified,
      "page tokens do not expire, except those of list-shards and list-stream-consumers"
    ),
    (
      .simplified,
      "a grant serves at once, with or without its token; of a grant token it is looked at whether KMS "
        + "ever gave it"
    ),
    (
      .simplified, "meter limit makes the quota of KMS smaller than it is anywhere, for small loads"
    ),
    (
      .simplified,
      "the account is a member of an organization and manages its policies as delegated "
        + "administrator"
    ),
    (
      .simplified,
      "requests come over the public endpoints, and through a VPC endpoint where vpc-endpoint made one: "
        + "of one VPC of the lab's account, in us-east-1, for whatever credentials the computer uses. It "
        + "serves at once, there are no subnets, security groups, aws ec2 commands and network activity "
        + "events, and aws:VpceAccount, aws:VpceOrgID, aws:VpceOrgPaths and aws:SourceVpcArn are in no "
        + "request"
    ),
    (
      .assumed,
      "that where an endpoint's policy and another policy refuse alike the other one is named, and that "
        + "what an endpoint's policy refuses stands in the trail like any refusal"
    ),
    (
      .simplified,
      "a service principal is known by its ending alone, .amazonaws.com; AWS refuses services that it "
        + "has not"
    ),
    (
      .assumed,
      "that numbers, addresses, base64 and booleans which a condition's operator cannot read are "
        + "refused as dates are: The policy failed legacy parsing"
    ),
    (.assumed, "that a condition's date of four digits is a year and not seconds since 1970"),
    (
      .assumed,
      "that of several faults of a policy the first resource that is one is told, in the document's order; "
        + "that a resource of S3 or IAM with a wildcard for its Region is refused like one with a Region"
    ),
    (
      .assumed,
      "that a policy's value whose variable has no value fits nothing, while others beside it count, and "
        + "that a negated line with one holds for nobody"
    ),
    (
      .simplified,
      "nobody comes by an identity provider or by S3's own name of an account: Federated and "
        + "CanonicalUser name nobody here"
    ),
    (
      .assumed,
      "that an action without a name, or with other characters than letters, digits, * ? - _ and . in it, "
        + "is refused with The policy failed legacy parsing, and the text for an action with a wildcard "
        + "that is simulated"
    ),
    (
      .assumed,
      "that S3 says of an access key that is switched off what it says of one it does not know"
    ),
    (
      .assumed,
      "the texts for a trust policy with NotPrincipal, for a simulated resource that is no ARN, for a "
        + "context entry of another type and for a marker that IAM did not give"
    ),
    (.simplified, "the last use of a role or an access key is told at once, not after minutes"),
    (
      .simplified,
      "an access key in AWS_ACCESS_KEY_ID is believed alone: neither secret nor token is asked for"
    ),
    (
      .simplified,
      "--endpoint-url, AWS_ENDPOINT_URL and --no-sign-request are taken and change nothing: all calls stay "
        + "in the lab, and are those of whose credentials are in use"
    ),
    (
      .simplified,
      "there are no MFA devices: temporary credentials say aws:MultiFactorAuthPresent false"
    ),
    (.assumed, "that the policy simulator reads service control policies with conditions as well"),
    (
      .assumed, "the texts with which STS refuses tags and source identities along a chain of roles"
    ),
    (.assumed, "that a grant to a user or a session is not cut down by a silent boundary"),
    (
      .assumed,
      "that a resource policy for everybody (*) speaks of users as if it named each, so that a silent "
        + "boundary does not cut them down, and of roles as if it named the role, so that it does"
    ),
    (
      .assumed,
      "that a Deny with NotPrincipal spares a role's session only when it lists session, role and "
        + "account; AWS says that it may look at each of them"
    ),
    (.assumed, "the texts with which Organizations refuses"),
    (
      .simplified,
      "trails deliver at full five minutes of the clock, digest files at full hours; event history has "
        + "an event at once, and lookup-events no limit of two requests a second"
    ),
    (
      .simplified,
      "digest files are signed with one key a Region that never changes, and there is none for an hour "
        + "without log files; log files of a trail with a KMS key are not encrypted with it"
    ),
    (
      .simplified,
      "S3 has objects put in one piece, without versions, tags and access lists; it encrypts them in "
        + "name alone, with SSE-S3: other encryption of an object or a bucket is refused"
    ),
    (.assumed, "most texts with which CloudTrail refuses; the codes are AWS's"),
    (
      .assumed,
      "in a record of what Kinesis asks KMS for: invokedBy, address and agent; of a data event of Kinesis: "
        + "the parameters"
    ),
    (.assumed, "that a public key's fingerprint, as list-public-keys shows it, is its MD5"),
    (
      .simplified,
      "nobody signs in as root, and services ask with their caller's credentials: no record has the "
        + "identity type Root or AWSService"
    ),
    (
      .simplified,
      "every call of IAM, STS and Organizations is recorded in us-east-1, one to an endpoint of STS in "
        + "another Region as well"
    ),
    (
      .simplified,
      "a query of Logs Insights is complete when start-query returns; the bytes that it read are "
        + "reckoned from a sample of the trail's events"
    ),
    (
      .assumed,
      "in Logs Insights: a missing field is unequal to everything, true shows as 1, fractions have four "
        + "digits, pct takes the nearest value, stddev is of the whole group, weeks begin on Monday, and "
        + "topk gives a row for each value; a field that a row has not is left out of the answer"
    ),
    (
      .simplified,
      "metrics lie by minutes and have no latencies; percentiles are exact up to 64 different values of "
        + "a minute"
    ),
    (
      .simplified,
      "an alarm looks when a period has ended, at its own number of periods and no more; its actions "
        + "reach nobody"
    ),
    (.simplified, "filter patterns have no regular expressions and no fields in brackets"),
    (.assumed, "most texts with which CloudWatch Logs and CloudWatch refuse; the codes are AWS's"),
    (.assumed, "what get-resource-policy answers for a stream without one, and its refusals"),
    (
      .simplified,
      "of the policies of AWS there are AdministratorAccess and thirteen more, of Kinesis, KMS, S3, Logs, "
        + "CloudTrail and IAM; ReadOnlyAccess has its actions for the lab's services alone, and only the "
        + "version that speaks is kept"
    ),
    (.simplified, "PackedPolicySize is the share of 2,048 characters, without packing"),
    (
      .simplified,
      "RSA, ECC and HMAC keys can be made and managed; what only they do (sign, verify, MACs, "
        + "shared secrets, RSA encryption) is not simulated"
    ),
    (.simplified, "a rotation on demand is complete when the call returns"),
    (.simplified, "a key is deleted exactly at its date, which AWS may exceed by a day"),
    (
      .simplified,
      "an import token holds the wrapping key, sealed, so that KMS need not remember it"
    ),
    (.simplified, "get-key-last-usage gives no ids of the trail and the request"),
    (
      .simplified,
      "a shard's rates and those of the control plane are counted in whole seconds of the clock"
    ),
    (
      .simplified,
      "Service Quotas lists the quotas of Kinesis, and those of KMS whose codes AWS shows outside its "
        + "console; the others hold at their defaults"
    ),
    (
      .assumed,
      "a request for a higher quota has a case after a minute and is approved after two days; the texts "
        + "with which Service Quotas refuses"
    ),
    (.assumed, "in the described model a higher KMS quota lets four seconds' worth be saved up"),
    (.assumed, "the text of a control-plane refusal of Kinesis that is about no stream"),
    (
      .assumed,
      "in a load a put takes 8 ms, and 4 ms more when KMS is asked; retries wait as botocore's do"
    ),
    (
      .simplified,
      "a record or reply larger than a second's share passes an unused shard, which then rests "
        + "until it is paid for"
    ),
    (
      .simplified,
      "update-shard-count splits at the boundaries of the new shards and then merges; which "
        + "temporary shards AWS makes is not documented"
    ),
    (
      .simplified,
      "subscribe-to-shard is refused: its events come over HTTP/2, and the AWS CLI has no command "
        + "for it"
    ),
    (
      .assumed,
      "how long other changes of streams take: a reshard 10 s a round, settings 3 s, consumers 10 s"
    ),
    (
      .assumed,
      "that an on-demand stream grows 15 minutes after a second that took more than half of its room"
    ),
    (.assumed, "that create-stream with neither mode nor shard count makes an on-demand stream"),
    (.assumed, "that put-records answers, and does not fail, when every record is over the rate"),
    (
      .assumed,
      "the texts of Kinesis for a closed shard that is split or merged, the limits of "
        + "update-shard-count, update-stream-mode, consumers, streams in creation and on-demand "
        + "streams, warm throughput, a mode that does not fit its shard count, an expired token, a "
        + "stream that still has consumers"
    ),
    (.assumed, "where Kinesis keeps the wrapped data key: beside the records of the stream"),
    (.assumed, "that the partition key lies on the disk in the clear"),
    (.assumed, "that StartStreamEncryption looks at the key with DescribeKey, as the caller"),
    (
      .assumed,
      "how long changes take: create and delete 10 s; encryption 2 s for the first "
        + "shard, 1 s for each further one, 1 s to settle"
    ),
    (
      .simplified,
      "when a stream is ACTIVE after start- or stop-stream-encryption, all its shards have switched; with "
        + "AWS up to five seconds more of records come in as before"
    ),
    (.assumed, "the policy text and description of alias/aws/kinesis"),
    (.assumed, "that an alias is looked up anew for each data key"),
    (
      .assumed,
      "that starting encryption with the key in use, and stopping it when it is off, are "
        + "changes like any other"
    ),
    (.assumed, "how long a replica is Creating and a changed primary Region Updating: 5 s"),
    (
      .simplified,
      "replicate-key is recorded in the primary key's Region alone; AWS records a CreateKey in the "
        + "replica's Region besides"
    ),
    (
      .assumed, "that a cancelled deletion leaves a key without its imported material PendingImport"
    ),
    (
      .assumed,
      "of the two errors that AWS documents for a key pending deletion: KMSInvalidStateException"
    ),
    (
      .assumed,
      "that of a key which waits for its import list-key-rotations tells the materials, and "
        + "rotate-key-on-demand says that it is pending import: tables from before imported keys could "
        + "rotate have UnsupportedOperationException for both"
    ),
    (
      .simplified,
      "the lab has its own account and a partner's, \(Account.partner.id), which has IAM, STS, KMS, "
        + "Kinesis and the event history of CloudTrail, and is in no organization; its calls of KMS count "
        + "in the lab's AWS/Usage, and a throughput commitment of one is one of both"
    ),
    (.simplified, "--color is taken, and tables are printed without colour all the same"),
    (
      .simplified,
      "behind a.* a query goes on as JMESPath specifies, so a.*.b.c finds each c; the client's own "
        + "library stops behind b and finds null, and values(a)[].b.c is the same in both"
    ),
    (
      .simplified,
      "a query reckons with whole numbers of 64 bits; a longer one, such as a sequence number without "
        + "quotes, becomes the nearest double, where the client keeps its digits"
    ),
    (
      .simplified,
      "enhanced monitoring is set and shown; CloudWatch has a stream's metrics by stream, not by shard"
    ),
    (
      .assumed,
      "AccessDeniedException, with one and the same text, for a key of another account that is closed "
        + "or not there, and for an operation that does not work across accounts"
    ),
    (
      .assumed,
      "that a stream's policy may name actions which cannot be shared, and that they then give nothing "
        + "to another account"
    ),
    (
      .assumed, "that Kinesis calls across accounts stand in the trails of both, as those of KMS do"
    ),
    (.assumed, "KMSInvalidStateException when a stream is given a key that is not symmetric"),
    (
      .assumed,
      "the texts of KMS for imports, replicas, rotations, a usage that a key spec has not, a key spec that "
        + "an operation has not, and an alias that changes to another kind of key"
    ),
    (
      .assumed,
      "the texts of KMS for grants (a token, a principal, operations that the key never does, constraints, "
        + "how a grant is named), for too many aliases or grants, a key policy that is too long, a marker, "
        + "a data key's length, and modifiers of a dry run"
    ),
    (
      .assumed,
      "the texts of Kinesis for the encryption type NONE, for StreamName and StreamARN that disagree, for "
        + "a shard filter without its timestamp and for a tag that begins with aws:"
    ),
    (.assumed, "that of a shard's id the part before the dash is not looked at"),
    (
      .assumed,
      "that a list of structures stands in a message about it as their number: the service prints the "
        + "names and addresses of its own objects"
    ),
    (.assumed, "InternalFailureException for a record whose bytes were altered"),
    (.assumed, "the wording with which Kinesis passes on a refusal by KMS"),
    (
      .assumed,
      "messages of limits that AWS does not print word for word: encryption changes, "
        + "record size"
    ),
  ]

  package static func page() -> Page {
    var page = Page()
    page.add("Where this lab is simpler than AWS, or had to assume something", .heading)
    page.add(table: table.map { [$0.kind.rawValue, $0.rule] })
    return page
  }
}
