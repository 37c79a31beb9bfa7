import API
import Values

/// Names that the client looks at itself before it sends anything, beyond the model's constraints.
///
/// Source: seen in AWS CLI 2: botocore's rules for ARNs of Kinesis, and for names of buckets.
enum AWSNamedResources {
  /// `bytes` are the options, by their flags, that were given bytes where they want text.
  static func check(
    _ input: JSONObject, bytes: [String: [UInt8]], of operation: API.Operation
  ) throws(AWSUsageError) {
    switch operation.service {
    case "kinesis":
      for name in ["StreamARN", "ConsumerARN", "ResourceARN"] {
        if !bytes.isEmpty, let flag = operation.options.first(where: { $0.name == name })?.flag,
          bytes[flag] != nil
        {
          throw .client(
            "Value (\(name)) is the wrong type. Must be <class 'str'>.", .badValue(option: flag))
        }
        if let text = input[name]?.string, let problem = problem(ofKinesisARN: text) {
          throw AWSUsageError(
            text: "\naws: [ERROR]: Invalid ARN: \(problem)\n", exitCode: 255, fact: .badParameters)
        }
      }
    case "s3api":
      if let name = input["Bucket"]?.string, let problem = problem(ofBucket: name) {
        throw .parameters("Parameter validation failed:\n\(problem)", .badParameters)
      }
    default: return
    }
  }

  private static func problem(ofKinesisARN text: String) -> String? {
    guard let arn = ARN(text) else { return "Failed to parse ARN." }
    guard arn.service == "kinesis" else {
      return "The ARN was not for the Kinesis service, found: \(arn.service)."
    }
    let kind = arn.resource.prefix { $0 != "/" && $0 != ":" }
    guard kind == "stream" else { return "Kinesis ARNs don't support `\(kind)` arn types." }
    return nil
  }

  /// Nothing for a name that the client sends.
  static func problem(ofBucket name: String) -> String? {
    let isName =
      (1...255).contains(name.utf8.count)
      && name.utf8.allSatisfy { byte in
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
          || "._-".utf8.contains(byte)
      }
    guard !isName, !name.hasPrefix("arn:aws") else { return nil }
    return "Invalid bucket name \"\(name)\": Bucket name must match the regex "
      + "\"^[a-zA-Z0-9.\\-_]{1,255}$\" or be an ARN matching the regex "
      + "\"^arn:(aws).*:(s3|s3-object-lambda):[a-z\\-0-9]*:[0-9]{12}:accesspoint[/:]"
      + "[a-zA-Z0-9\\-.]{1,63}$|^arn:(aws).*:s3-outposts:[a-z\\-0-9]+:[0-9]{12}:outpost[/:]"
      + "[a-zA-Z0-9\\-]{1,63}[/:]accesspoint[/:][a-zA-Z0-9\\-]{1,63}$\""
  }
}
