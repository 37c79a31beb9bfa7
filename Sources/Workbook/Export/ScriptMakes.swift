/// What a script makes, by the commands that it notes for the end.
struct ScriptMakes {
  private let names: [String]

  private static let kinds: [(undo: String, name: String)] = [
    ("kinesis delete-stream", "streams"),
    ("kinesis deregister-stream-consumer", "consumers of streams"),
    ("kms schedule-key-deletion", "KMS keys (which end after 7 days)"),
    ("kms delete-alias", "aliases of keys"),
    ("iam delete-role", "IAM roles"),
    ("iam delete-user", "IAM users"),
    ("iam delete-access-key", "access keys"),
    ("iam delete-group", "IAM groups"),
    ("iam delete-policy", "IAM policies"),
    ("iam delete-account-alias", "the account's alias"),
    ("organizations delete-policy", "policies of the organization"),
    ("s3 rb", "buckets"),
    ("cloudtrail delete-trail", "trails"),
    ("logs delete-log-group", "log groups"),
    ("cloudwatch delete-alarms", "alarms"),
  ]

  /// Of everything behind the script's own functions.
  init(_ text: String) {
    names = Self.kinds.filter { text.contains("later aws \($0.undo) ") }.map(\.name)
  }

  /// For the head of the script, in lines of at most a hundred columns.
  var remark: String {
    guard let last = names.last else {
      return "# It makes nothing that would have to be taken away."
    }
    let list =
      names.count == 1 ? last : "\(names.dropLast().joined(separator: ", ")) and \(last)"
    var lines: [String] = []
    var line = "#"
    for word in "It makes and removes \(list), and costs accordingly.".split(separator: " ") {
      if line.count + 1 + word.count > 100 {
        lines.append(line)
        line = "#"
      }
      line += " \(word)"
    }
    return (lines + [line]).joined(separator: "\n")
  }
}
