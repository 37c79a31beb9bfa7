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
        Member(name: mark + name, shape: $0.shape, isRequired: false, flag: "--\(flag)")
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
      throw AWSUsageError(
        text: "\naws: [ERROR]: The key \"\(first.replacing("-", with: "_"))\" cannot be specified "
          + "when one of the following keys are also specified: metric_data\n",
        exitCode: 255, fact: .badParameters)
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
          guard let number = Double(text), number.isFinite else {
            throw .parsing(
              "--statistic-values", "\(name) is a number, not '\(text)'",
              .badValue(option: "--statistic-values"))
          }
          statistics[name] = .double(number)
        }
        datum[member] = .object(statistics)
      default: datum[member] = value
      }
    }
    input["MetricData"] = [.object(datum)]
  }

  private static func pairs(_ value: JSON?, _ flag: String) throws(AWSUsageError) -> [(
    String, String
  )] {
    var pairs: [(String, String)] = []
    for part in (value?.string ?? "").split(separator: ",") {
      let sides = part.split(separator: "=", omittingEmptySubsequences: false)
      guard sides.count == 2, !sides[0].isEmpty else {
        throw .parsing(
          flag, "Expected: 'Name=Value' pairs between commas, received: '\(part)'",
          .badValue(option: flag))
      }
      pairs.append((String(sides[0]), String(sides[1])))
    }
    return pairs
  }
}
