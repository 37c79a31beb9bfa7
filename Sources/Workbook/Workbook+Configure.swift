import Cloud
import Commands
import Values

extension Desk {
  /// The profile behind a name: `default` is whoever `as` chose.
  func profile(named name: String) -> String { name == "default" ? profile : name }

  /// Credentials of a profile: an access key that `aws configure set` gave it, or the lab's own.
  func session(ofProfile name: String) -> SessionID? {
    if let key = accessKey(ofProfile: name) {
      return world.identities.session(ofAccessKey: key)
    }
    return world.identities.session(ofProfile: profile(named: name))
  }

  /// The access key that `aws configure set` gave to a profile, whether anybody has it or not.
  func accessKey(ofProfile name: String) -> String? {
    config[profile(named: name), "aws_access_key_id"]
  }

  /// Names that `--profile` takes.
  var profiles: [String] {
    let own = world.identities.everyProfile
    return ["default"] + own + config.names.filter { !own.contains($0) && $0 != "default" }
  }

  /// A setting of a profile, or of the one in use.
  func setting(_ name: String, of profile: String?) -> String? { settings(name, of: profile) }

  var settings: ProfileSettings {
    ProfileSettings(config: config, chosen: profile, inUse: profileInUse)
  }
}

/// What `aws configure` set, and whose settings hold when none are named.
struct ProfileSettings {
  var config: LabConfig
  /// Who is behind `default`.
  var chosen: String
  var inUse: String

  func callAsFunction(_ name: String, of profile: String?) -> String? {
    let profile = profile ?? inUse
    let value = config[profile == "default" ? chosen : profile, name]
    return value ?? (name == "region" ? LabConfig.region : nil)
  }
}

extension Workbook {
  mutating func configure(_ command: AWSConfigure, profile: String?, _ turn: inout Turn) {
    switch command {
    case .questions:
      turn.complain(
        "\naws configure asks questions, and a lab cannot: use aws configure set NAME VALUE "
          + "--profile PROFILE.\n", status: 255)
    case .listProfiles: turn.print(desk.profiles.map { $0 + "\n" }.joined())
    case .list: list(profile, &turn)
    case .get(let name):
      if let profile = profile ?? desk.profileVariable?.value, !name.contains("."),
        !desk.profiles.contains(profile)
      {
        desk.remarks += profileAdvice(profile)
        return turn.complain(
          "\naws: [ERROR]: The config profile (\(profile)) could not be found\n", status: 255)
      }
      let place = place(of: name, profile)
      guard let value = value(place) else {
        turn.status = 1
        return
      }
      turn.print(value + "\n")
    case .set(let name, let value):
      let place = place(of: name, profile)
      guard !Self.isSource(place.name) else {
        desk.remarks.append(
          "a profile of the lab has its own credentials: aws sts assume-role gives a role's, and export "
            + "AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=… AWS_SESSION_TOKEN=… uses them")
        return turn.complain(
          "\naws configure set \(place.name) is known to AWS but not simulated in this lab.\n",
          status: 252)
      }
      desk.config[place.profile, place.name] = value
    }
  }

  /// Settings by which a profile comes by credentials of somebody else.
  /// Source: AWS SDKs and Tools Reference Guide, assume role and IAM Identity Center credential providers.
  private static func isSource(_ name: String) -> Bool {
    let names = [
      "role_arn", "source_profile", "credential_source", "credential_process",
      "web_identity_token_file",
    ]
    return names.contains(name) || name.hasPrefix("sso_")
  }

  /// `region`, `default.region`, `producer.region`, `profile.producer.region`.
  private func place(of name: String, _ profile: String?) -> (profile: String, name: String) {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    if parts.count == 3, parts[0] == "profile" {
      return (desk.profile(named: parts[1]), parts[2])
    }
    if parts.count == 2, desk.profiles.contains(parts[0]) {
      return (desk.profile(named: parts[0]), parts[1])
    }
    return (desk.profile(named: profile ?? desk.profileInUse), name)
  }

  private func value(_ place: (profile: String, name: String)) -> String? {
    if let value = desk.config[place.profile, place.name] { return value }
    guard desk.world.identities.everyProfile.contains(place.profile) else { return nil }
    switch place.name {
    case "region": return LabConfig.region
    case "aws_access_key_id":
      return desk.session(ofProfile: place.profile).map { desk.world.identities[$0].accessKeyID }
    default: return nil
    }
  }

  // MARK: list

  private struct Row {
    var value = "<not set>"
    var type = "None"
    var location = "None"
  }

  /// Source: AWS CLI Command Reference, configure list.
  private mutating func list(_ profile: String?, _ turn: inout Turn) {
    let name = profile ?? desk.profileInUse
    let heading = ("NAME", Row(value: "VALUE", type: "TYPE", location: "LOCATION"))
    guard desk.profiles.contains(name) else {
      if profile == nil {
        // Source: seen in AWS CLI 2: the row comes before it looks for credentials.
        show([heading, ("profile", own(name))], &turn)
      }
      desk.remarks += profileAdvice(name)
      turn.complain(
        "\naws: [ERROR]: The config profile (\(name)) could not be found\n", status: 255)
      return
    }
    var own = Row()
    if let profile {
      own = Row(value: profile, type: "manual", location: "--profile")
    } else if let variable = desk.profileVariable {
      own = self.own(variable.value)
    }
    var key = Row()
    var secret = Row()
    if profile == nil, let text = desk.variables.exported("AWS_ACCESS_KEY_ID") {
      key = Row(value: Self.masked(text), type: "env", location: "")
      let hidden = desk.variables.exported("AWS_SECRET_ACCESS_KEY") ?? ""
      secret = Row(value: Self.masked(hidden), type: "env", location: "")
    } else if let given = desk.accessKey(ofProfile: name) {
      key = Row(value: Self.masked(given), type: "shared-credentials-file", location: "")
      let session = desk.world.identities.session(ofAccessKey: given)
      if let hidden = desk.config[desk.profile(named: name), "aws_secret_access_key"]
        ?? session.map({ desk.world.identities[$0].secret })
      {
        secret = Row(value: Self.masked(hidden), type: "shared-credentials-file", location: "")
      }
    } else if let session = desk.session(ofProfile: name) {
      let found = desk.world.identities[session]
      key = Row(
        value: Self.masked(found.accessKeyID), type: "shared-credentials-file", location: "")
      secret = Row(value: Self.masked(found.secret), type: "shared-credentials-file", location: "")
    }
    var region = Row(
      value: desk.setting("region", of: profile) ?? "", type: "config-file",
      location: "~/.aws/config")
    for variable in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
      guard let value = desk.variables.exported(variable) else { continue }
      region = Row(value: value, type: "env", location: "['AWS_REGION', 'AWS_DEFAULT_REGION']")
      break
    }
    show(
      [
        heading, ("profile", own), ("access_key", key), ("secret_key", secret), ("region", region),
      ], &turn)
  }

  /// The profile that a variable chose.
  private func own(_ name: String) -> Row {
    Row(value: name, type: "env", location: "['AWS_PROFILE', 'AWS_DEFAULT_PROFILE']")
  }

  private func show(_ rows: [(String, Row)], _ turn: inout Turn) {
    for (name, row) in rows {
      turn.print(
        "\(Self.padded(name, 10)) : \(Self.padded(row.value, 24)) : \(Self.padded(row.type, 16)) : "
          + "\(row.location)\n")
    }
  }

  private static func masked(_ text: String) -> String {
    String(repeating: "*", count: 16) + text.suffix(4)
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
