import API
import Values

/// The options with which `put-metric-data` takes one metric without a list: `--metric-name A --value 5`.
///
/// Source: AWS CLI Command Reference, cloudwatch put-metric-data.
enum AWSFlatMetric {
  /// Options that stand for a member of the one metric as it is.
  private static let plain = [
    ("metric-name", "MetricName"), ("timestamp", "Timestamp"), ("unit", "Unit"),
    ("value", "Value"), ("storage-resolution", "StorageResolution"),
  ]
  /// Options with pairs `name=value` between commas.
  private static let paired = [
    ("dimensions", "Dimensions"), ("statistic-values", "StatisticValues"),
  ]
  private static let mark = "MetricData."

  static func options(of operation: API.Operation) -> [Member] {
    let data = operation.options.first { $0.name == "MetricData" }?.shape.element
    let text = Shape(name: "Pairs", kind: .string)
    return plain.compactMap { flag, name in
      data?.member(name).map {
        // A number is read as a decimal one when the list is made, not by the options' parser.
        let shape = $0.shape.kind == .double ? Shape(name: "Decimal", kind: .string) : $0.shape
        return Member(name: mark + name, shape: shape, isRequired: false, flag: "--\(flag)")
      }
    }
      + paired.map { flag, name in
        Member(name: mark + name, shape: text, isRequired: false, flag: "--\(flag)")
      }
  }

  /// Makes the list of one metric out of what the options gave.
  static func fold(_ input: inout JSONObject) throws(AWSUsageError) {
    let given = input.names.filter { $0.hasPrefix(mark) }
    guard !given.isEmpty else { return }
    if input["MetricData"] != nil {
      let order = plain.dropLast() + paired
      let first = order.first { given.contains(mark + $0.1) }?.0 ?? "storage-resolution"
      throw .parameters(
        "The key \"\(first.replacing("-", with: "_"))\" cannot be specified "
          + "when one of the following keys are also specified: metric_data", .badParameters)
    }
    var datum = JSONObject()
    for name in given {
      let value = input[name]
      input[name] = nil
      let member = String(name.dropFirst(mark.count))
      switch member {
      case "Dimensions":
        datum[member] = .array(
          try pairs(value, "--dimensions").map { ["Name": .string($0.0), "Value": .string($0.1)] })
      case "StatisticValues":
        var statistics = JSONObject()
        for (name, text) in try pairs(value, "--statistic-values") {
          statistics[name] = try decimal(text, "--statistic-values")
        }
        datum[member] = .object(statistics)
      case "Value": datum[member] = try decimal(value?.string ?? "", "--value")
      default: datum[member] = value
      }
    }
    input["MetricData"] = [.object(datum)]
  }

  private static func pairs(_ value: JSON?, _ flag: String) throws(AWSUsageError) -> [(
    String, String
  )] {
    var pairs: [(String, String)] = []
    for part in (value?.string ?? "").split(separator: ",", omittingEmptySubsequences: false) {
      let sides = part.split(separator: "=", omittingEmptySubsequences: false)
      guard sides.count == 2 else {
        throw .client(
          sides.count > 2
            ? "too many values to unpack (expected 2)"
            : "not enough values to unpack (expected 2, got 1)", .badValue(option: flag))
      }
      pairs.append((String(sides[0]), String(sides[1])))
    }
    return pairs
  }

  /// A number as Python's `Decimal` reads it.
  private static func decimal(_ text: String, _ flag: String) throws(AWSUsageError) -> JSON {
    guard let number = AWSNumber.decimal(text.replacing("_", with: "")) else {
      throw .client("[<class 'decimal.ConversionSyntax'>]", .badValue(option: flag))
    }
    return .double(number)
  }
}
