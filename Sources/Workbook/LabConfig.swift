import Values

/// What `aws configure` keeps in the lab: the settings of each profile.
package struct LabConfig: Hashable, Sendable {
  private var profiles: [String: [String: String]] = [:]

  /// Where a profile without a setting has its Region from.
  static let region = "us-east-1"

  package subscript(profile: String, name: String) -> String? {
    get { profiles[profile]?[name] }
    set { profiles[profile, default: [:]][name] = newValue }
  }

  var names: [String] { profiles.keys.sorted() }

  func has(_ profile: String) -> Bool { profiles[profile] != nil }
}
