import Testing
import Values

@testable import Policies

@Suite struct ConditionEdgeTests {
  static let rows: [ConditionRow] = [
    .init(name: "StringLike", found: nil, wanted: ["*"], holds: false),
    .init(name: "StringNotLike", found: nil, wanted: ["*"], holds: true),
    .init(name: "StringNotEqualsIfExists", found: nil, wanted: ["a"], holds: true),
    .init(name: "StringNotEqualsIfExists", found: ["a"], wanted: ["a"], holds: false),
    .init(name: "StringEqualsIgnoreCase", found: nil, wanted: ["a"], holds: false),
    .init(name: "StringNotEqualsIgnoreCase", found: nil, wanted: ["a"], holds: true),
    .init(name: "NumericEquals", found: nil, wanted: ["1"], holds: false),
    .init(name: "NumericEquals", found: ["one"], wanted: ["1"], holds: false),
    .init(name: "NumericNotEquals", found: nil, wanted: ["1"], holds: true),
    .init(name: "NumericLessThan", found: nil, wanted: ["1"], holds: false),
    .init(name: "NumericLessThan", found: ["10"], wanted: ["9"], holds: false),
    .init(name: "NumericLessThanEquals", found: ["-1"], wanted: ["-1.0"], holds: true),
    .init(name: "NumericGreaterThan", found: ["0x20"], wanted: ["1"], holds: false),
    .init(name: "NumericGreaterThan", found: ["inf"], wanted: ["1"], holds: false),
    .init(name: "DateEquals", found: nil, wanted: ["2026-01-05"], holds: false),
    .init(name: "DateNotEquals", found: nil, wanted: ["2026-01-05"], holds: true),
    .init(
      name: "DateEquals", found: ["2026-01-05T10:00:00+01:00"], wanted: ["2026-01-05T09:00:00Z"],
      holds: true),
    .init(
      name: "DateLessThan", found: ["2026-01-05T09:00:00.250Z"],
      wanted: ["2026-01-05T09:00:00.500Z"], holds: true),
    .init(name: "DateEquals", found: ["2026-01-01T00:00:00Z"], wanted: ["2026"], holds: true),
    .init(name: "DateEquals", found: ["2026-02-01T00:00:00Z"], wanted: ["2026-02"], holds: true),
    .init(
      name: "DateLessThan", found: ["2026-01-31T23:59:59Z"], wanted: ["2026-02"], holds: true),
    .init(name: "DateLessThan", found: ["soon"], wanted: ["2026-01-05"], holds: false),
    .init(name: "Bool", found: ["false"], wanted: ["true"], holds: false),
    .init(name: "BoolIfExists", found: nil, wanted: ["true"], holds: true),
    .init(name: "BinaryEquals", found: ["aGk"], wanted: ["aGk="], holds: false),
    .init(name: "BinaryEquals", found: nil, wanted: ["aGk="], holds: false),
    .init(name: "IpAddress", found: nil, wanted: ["0.0.0.0/0"], holds: false),
    .init(name: "IpAddress", found: ["10.1.2.3"], wanted: ["0.0.0.0/0"], holds: true),
    .init(name: "IpAddress", found: ["10.1.2.3"], wanted: ["10.1.2.3"], holds: true),
    .init(
      name: "IpAddress", found: ["::ffff:10.1.2.3"], wanted: ["::ffff:10.1.2.0/120"], holds: true),
    .init(name: "IpAddress", found: ["::ffff:a01:203"], wanted: ["::ffff:10.1.2.3"], holds: true),
    .init(
      name: "IpAddress", found: ["64:ff9b::10.1.2.4"], wanted: ["64:ff9b::10.1.2.3"], holds: false),
    .init(name: "IpAddress", found: ["::10.1.2.3:1"], wanted: ["::/0"], holds: false),
    .init(name: "IpAddress", found: ["10.1.2.+3"], wanted: ["10.1.2.3"], holds: false),
    .init(name: "IpAddress", found: ["10.1.2.127"], wanted: ["10.1.2.0/25"], holds: true),
    .init(name: "IpAddress", found: ["10.1.2.128"], wanted: ["10.1.2.0/25"], holds: false),
    .init(name: "IpAddress", found: ["::1"], wanted: ["0.0.0.0/0"], holds: false),
    .init(name: "IpAddress", found: ["2001:db8:0:0::7"], wanted: ["2001:db8::7/128"], holds: true),
    .init(name: "NotIpAddress", found: nil, wanted: ["10.0.0.0/8"], holds: true),
    .init(name: "NotIpAddress", found: ["10.0.0.1"], wanted: ["10.0.0.0/8"], holds: false),
    .init(
      name: "ArnLike", found: ["arn:aws:kms:us-east-1:1:key/a:b"],
      wanted: ["arn:aws:kms:*:1:key/*"],
      holds: true),
    .init(name: "ArnEquals", found: nil, wanted: ["arn:aws:iam::1:role/a"], holds: false),
    .init(name: "ArnNotEquals", found: nil, wanted: ["arn:aws:iam::1:role/a"], holds: true),
    .init(name: "ArnNotLike", found: nil, wanted: ["arn:aws:iam::1:role/a"], holds: true),
    .init(name: "Null", found: ["x"], wanted: ["false"], holds: true),
    .init(name: "Null", found: nil, wanted: ["false"], holds: false),
    .init(name: "Null", found: [], wanted: ["true"], holds: true),
    .init(name: "ForAllValues:StringLike", found: ["ab", "ac"], wanted: ["a*"], holds: true),
    .init(name: "ForAllValues:StringEquals", found: [], wanted: ["a"], holds: true),
    .init(name: "ForAnyValue:StringEquals", found: [], wanted: ["a"], holds: false),
    .init(name: "ForAnyValue:StringNotEquals", found: ["a", "b"], wanted: ["a"], holds: true),
    .init(name: "ForAllValues:StringNotEquals", found: ["a", "b"], wanted: ["a"], holds: false),
    .init(name: "ForAnyValue:StringEqualsIfExists", found: nil, wanted: ["a"], holds: true),
  ]

  @Test(arguments: rows) func rowHolds(_ row: ConditionRow) throws {
    try ConditionOperatorTests().rowHolds(row)
  }
}
