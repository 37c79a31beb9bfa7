import Cloud
import Values

/// What stands in front of an exported script: a place for its files, and the world that the lab begins
/// with as far as the script touches it.
struct ScriptPrelude {
  private var lab: Workbook
  private var roles: Set<String>
  private let profiles: Set<String>

  private static let roleOfProfile = [
    "producer": "kinesis-producer-role", "consumer": "kinesis-consumer-role",
  ]
  private static let stream = "my-existing-stream"

  init(lab: Workbook, roles: Set<String>, profiles: Set<String>) {
    self.lab = lab
    self.profiles = profiles
    self.roles = roles
  }

  private mutating func reply(_ line: String) -> String? {
    let turn = lab.feed(line)
    guard turn.status == 0 else { return nil }
    var text = turn.reply
    while text.last == "\n" { text.removeLast() }
    return text
  }

  mutating func lines(
    title: String, body: String, files: [(name: String, text: String)]
  ) -> [String] {
    let texts = body + files.map(\.text).joined()
    let hasKey = texts.contains("${KEY}") || texts.contains(StartNames.keyID)
    for (profile, role) in Self.roleOfProfile where profiles.contains(profile) || hasKey {
      roles.insert(role)
    }
    var lines = Self.head(title)
    let known = roles.sorted().filter { reply("aws iam get-role --role-name \($0)") != nil }
    let exists = texts.contains(Self.stream)
    if !known.isEmpty || hasKey || exists || profiles.contains("auditor") {
      lines += ["", "# What the lab begins with."]
    }
    for role in known { lines += self.role(role) }
    if hasKey { lines += key() }
    if exists {
      lines += [
        "absent kinesis describe-stream-summary --stream-name \(Self.stream)",
        "aws kinesis create-stream --stream-name \(Self.stream) --shard-count 1",
        Self.later("aws kinesis delete-stream --stream-name \(Self.stream)"),
        "aws kinesis wait stream-exists --stream-name \(Self.stream)",
      ]
    }
    if profiles.contains("auditor") { lines += auditor() }
    if !known.isEmpty || profiles.contains("auditor") {
      lines.append("settle")
      for profile in profiles.sorted() {
        guard let role = Self.roleOfProfile[profile] else { continue }
        lines.append("take_role \(profile) \(role)")
      }
    }
    for file in files {
      lines.append("")
      lines += Self.file(file.name, file.text)
    }
    return lines
  }

  private static func file(_ name: String, _ text: String) -> [String] {
    var text = text
    while text.last == "\n" { text.removeLast() }
    return ["cat > \(name) <<'END_OF_FILE'", text, "END_OF_FILE", "localise \(name)"]
  }

  private mutating func role(_ name: String) -> [String] {
    let trust =
      reply("aws iam get-role --role-name \(name) --query Role.AssumeRolePolicyDocument") ?? "{}"
    var lines = ["absent iam get-role --role-name \(name)"]
    lines += Self.file("\(name)-trust.json", trust)
    lines.append(
      "aws iam create-role --role-name \(name) "
        + "--assume-role-policy-document file://\(name)-trust.json --query Role.Arn --output text")
    lines.append(Self.later("aws iam delete-role --role-name \(name)"))
    let policies =
      reply("aws iam list-role-policies --role-name \(name) --query PolicyNames[] --output text")
      ?? ""
    for policy in policies.split(separator: "\t").map(String.init) {
      let document =
        reply(
          "aws iam get-role-policy --role-name \(name) --policy-name \(policy) "
            + "--query PolicyDocument") ?? "{}"
      lines += Self.file("\(name)-\(policy).json", document)
      lines.append(
        "aws iam put-role-policy --role-name \(name) --policy-name \(policy) "
          + "--policy-document file://\(name)-\(policy).json")
      lines.append(
        Self.later("aws iam delete-role-policy --role-name \(name) --policy-name \(policy)"))
    }
    return lines
  }

  private mutating func key() -> [String] {
    let policy =
      reply(
        "aws kms get-key-policy --key-id \(StartNames.keyID) --policy-name default "
          + "--query Policy --output text") ?? "{}"
    return [
      "KEY=$(aws kms create-key --description 'The key of the guide' "
        + "--query KeyMetadata.KeyId --output text)",
      Self.later("aws kms schedule-key-deletion --key-id \"${KEY}\" --pending-window-in-days 7"),
      "settle",
    ] + Self.file("guide-key-policy.json", policy) + [
      "aws kms put-key-policy --key-id \"${KEY}\" --policy-name default "
        + "--policy file://guide-key-policy.json"
    ]
  }

  private mutating func auditor() -> [String] {
    return [
      "absent iam get-user --user-name auditor",
      "aws iam create-user --user-name auditor --query User.Arn --output text",
      Self.later("aws iam delete-user --user-name auditor"),
      "aws iam attach-user-policy --user-name auditor "
        + "--policy-arn arn:aws:iam::aws:policy/ReadOnlyAccess",
      Self.later(
        "aws iam detach-user-policy --user-name auditor "
          + "--policy-arn arn:aws:iam::aws:policy/ReadOnlyAccess"),
      "read -r AUDITOR_ID AUDITOR_SECRET < <(aws iam create-access-key --user-name auditor "
        + "--query 'AccessKey.[AccessKeyId,SecretAccessKey]' --output text)",
      Self.later(
        "aws iam delete-access-key --user-name auditor --access-key-id \"${AUDITOR_ID}\""),
      "keep_profile auditor \"${AUDITOR_ID}\" \"${AUDITOR_SECRET}\"",
    ]
  }

  /// Notes a command for the end.
  static func later(_ command: String) -> String {
    "later '\(command.replacing("'", with: "'\\''"))'"
  }

  private static func head(_ title: String) -> [String] {
    """
    #!/usr/bin/env bash
    # \(title)
    #
    # The aws commands of the lab, for a real account or whatever AWS_ENDPOINT_URL names. It makes
    # and removes streams, KMS keys (which end after 7 days) and IAM roles, and costs accordingly.
    # It stops when something that it wants to make is there already. Wants AWS CLI version 2.
    set -euo pipefail
    export AWS_PAGER='' AWS_DEFAULT_REGION=us-east-1 AWS_REGION=us-east-1
    work=$(mktemp -d)
    cd "${work}"
    # Your own credentials go into variables, so that the profiles below are the script's alone.
    if [ -z "${AWS_ACCESS_KEY_ID:-}" ]; then eval "$(aws configure export-credentials --format env)"; fi
    export AWS_CONFIG_FILE="${work}/config" AWS_SHARED_CREDENTIALS_FILE="${work}/credentials"
    unset AWS_PROFILE AWS_DEFAULT_PROFILE
    ACCOUNT=$(aws sts get-caller-identity --query Account --output text)
    KEY=''

    # Puts this account and this key in place of the lab's in a file.
    localise() { sed -i.bak -e "s/\(StartNames.keyID)/${KEY}/g" -e "s/\(ScriptText.account)/${ACCOUNT}/g" "$1" && rm -f "$1.bak"; }
    # What the lab refuses, a real account should refuse as well.
    refused() { echo "refused, as in the lab: $1" >&2; }
    # Stops when something with that name exists.
    absent() { if aws "$@" >/dev/null 2>&1; then echo "there already: $*" >&2; exit 1; fi; }
    # IAM takes some seconds until everybody knows a change.
    settle() { [ -n "${AWS_ENDPOINT_URL:-}" ] || sleep 15; }
    keep_profile() { aws configure set aws_access_key_id "$2" --profile "$1"; aws configure set aws_secret_access_key "$3" --profile "$1"; if [ -n "${4:-}" ]; then aws configure set aws_session_token "$4" --profile "$1"; fi; }
    take_role() {
      local id secret token
      read -r id secret token < <(aws sts assume-role --role-arn "arn:aws:iam::${ACCOUNT}:role/$2" --role-session-name "$1" --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' --output text)
      keep_profile "$1" "${id}" "${secret}" "${token}"
    }
    # Notes how something is taken away again; at the end, also after a failure, the last goes first.
    undo=''
    later() { undo="$1"$'\\n'"${undo}"; }
    teardown() {
      set +eu
      cd "${work}" && while IFS= read -r line; do eval "${line}" >/dev/null 2>&1 </dev/null; done <<<"${undo}"
      cd / && rm -rf "${work}"
    }
    trap teardown EXIT
    trap 'exit 1' HUP INT TERM
    """.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }
}
