/// Which text the lab follows where the guide and AWS's documentation disagree.
package enum Model: String, CaseIterable, Sendable {
  /// The world as the guide tells it.
  case described
  /// The world as AWS documents it.
  case documented
}

/// One point on which the two models differ.
package enum ModelRow: String, CaseIterable, Sendable {
  case dataKeyPer = "data-key-per"
  case kmsQuota = "kms-quota"
  case createWithKey = "create-with-key"
  case startDefaultKey = "start-default-key"
  case serviceStatement = "service-statement"
  case bothMustAllow = "both-must-allow"
  case managedKeyIAM = "managed-key-iam"
  case deniedCode = "denied-code"
  case throttledCode = "throttled-code"
  case kmsMetrics = "kms-metrics"
  case clientCaching = "client-caching"
}

/// The rows that a reply depended on.
package struct ModelRows: OptionSet, Hashable, Sendable {
  package let rawValue: UInt16

  package init(rawValue: UInt16) { self.rawValue = rawValue }

  package init(_ row: ModelRow) {
    rawValue = 1 << UInt16(ModelRow.allCases.firstIndex(of: row) ?? 0)
  }

  /// The row of the hottest path, without a search.
  static let dataKeyPer = ModelRows(.dataKeyPer)

  package var rows: [ModelRow] { ModelRow.allCases.filter { contains(ModelRows($0)) } }
}
