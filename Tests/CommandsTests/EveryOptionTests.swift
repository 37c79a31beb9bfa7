import API
import Testing
import Values

@testable import Commands

/// Every option of every operation of the models, typed in each form that the client takes.
@Suite struct EveryOptionTests {
  private static let services = Service.allNames.compactMap { Service.named($0) }

  /// Values that the client's own checks let through.
  private static func sample(_ shape: Shape, _ path: [String] = []) -> JSON {
    switch shape.kind {
    case .string: return .string(shape.choices.first ?? text(of: shape))
    case .integer, .long: return .integer(max(shape.minimum ?? 1, 1))
    case .double: return .double(1.5)
    case .boolean: return true
    case .blob: return "aGk="
    case .timestamp: return "2026-01-05T09:00:00Z"
    case .list:
      guard let element = shape.element, !path.contains(element.name) else { return [] }
      let count = min(max(shape.minimum ?? 1, 1), 4)
      return .array((0..<count).map { _ in sample(element, path + [shape.name]) })
    case .map:
      guard let value = shape.value, let key = shape.key else { return [:] }
      return .object(
        JSONObject([(key.choices.first ?? text(of: key), sample(value, path + [shape.name]))]))
    case .structure:
      var object = JSONObject()
      for member in shape.members where !path.contains(member.shape.name) {
        object[member.name] = sample(member.shape, path + [shape.name])
      }
      return .object(object)
    }
  }

  private static func text(of shape: Shape) -> String {
    // The client looks into ARNs of Kinesis.
    if ["StreamARN", "ConsumerARN", "ResourceARN"].contains(shape.name) {
      return "arn:aws:kinesis:us-east-1:123456789012:stream/x"
    }
    return String(repeating: "x", count: max(shape.minimum ?? 1, 1))
  }

  /// The shorthand of a value, as the client's documentation writes it; nothing when it has none.
  private static func shorthand(_ value: JSON, isOuter: Bool = true) -> String? {
    switch value {
    case .string(let text): return text
    case .integer, .double: return value.line
    case .bool(let flag): return flag ? "true" : "false"
    case .null: return nil
    case .array(let elements):
      var parts: [String] = []
      for element in elements {
        guard let part = shorthand(element, isOuter: false) else { return nil }
        parts.append(part)
      }
      return parts.isEmpty ? nil : "[\(parts.joined(separator: ","))]"
    case .object(let object):
      var parts: [String] = []
      for member in object.members {
        guard let part = shorthand(member.value, isOuter: false) else { return nil }
        parts.append("\(member.name)=\(part)")
      }
      if parts.isEmpty { return nil }
      return isOuter ? parts.joined(separator: ",") : "{\(parts.joined(separator: ","))}"
    }
  }

  private struct Form {
    var words: [String]
    var value: JSON
    var files: [String: String] = [:]
  }

  private static func forms(of option: Member) -> [Form] {
    let flag = option.flag
    let value = sample(option.shape)
    var forms: [Form] = []
    switch option.shape.kind {
    case .boolean:
      return [
        Form(words: [flag], value: true), Form(words: ["--no-" + flag.dropFirst(2)], value: false),
      ]
    case .string:
      let text = value.string ?? ""
      forms = [
        Form(words: [flag, text], value: value), Form(words: ["\(flag)=\(text)"], value: value),
      ]
      forms.append(Form(words: [flag, "file://f"], value: value, files: ["f": text]))
    case .integer, .long:
      forms = [
        Form(words: [flag, value.line], value: value),
        Form(words: ["\(flag)=\(value.line)"], value: value),
      ]
    case .double: forms = [Form(words: [flag, "1.5"], value: value)]
    // The body of an object is a file, named with or without `fileb://`.
    case .blob where flag == "--body":
      forms = ["f", "fileb://f"].map {
        Form(words: [flag, $0], value: value, files: ["f": "hi"])
      }
    case .blob:
      forms = [
        Form(words: [flag, "aGk="], value: value),
        Form(words: [flag, "fileb://f"], value: value, files: ["f": "hi"]),
        Form(words: [flag, "hi", "--cli-binary-format", "raw-in-base64-out"], value: value),
      ]
    case .timestamp:
      let time: JSON = "2026-01-05T09:00:00Z"
      forms = [
        Form(words: [flag, "2026-01-05T09:00:00Z"], value: time),
        Form(words: [flag, "1767603600"], value: "1767603600"),
        Form(words: [flag, "Mon, 05 Jan 2026 09:00:00 GMT"], value: time),
        Form(words: [flag, "20260105T090000Z"], value: time),
      ]
    case .list:
      let elements = value.array ?? []
      forms = [
        Form(words: [flag, value.line], value: value),
        Form(words: [flag, "file://f"], value: value, files: ["f": value.pretty]),
      ]
      let words = elements.compactMap { shorthand($0) }
      let isNested = option.shape.element.map { $0.kind == .list } ?? false
      if !words.isEmpty, !isNested { forms.append(Form(words: [flag] + words, value: value)) }
      if option.shape.element?.kind == .structure {
        forms.append(Form(words: [flag] + elements.map(\.line), value: value))
      }
    case .structure, .map:
      forms = [
        Form(words: [flag, value.line], value: value),
        Form(words: [flag, "file://f"], value: value, files: ["f": value.pretty]),
      ]
      if let text = shorthand(value) { forms.append(Form(words: [flag, text], value: value)) }
    }
    return forms
  }

  /// The other options that an operation cannot do without.
  private static func required(of operation: API.Operation, but option: Member) -> [String] {
    operation.options.filter { $0.isRequired && $0.name != option.name }.flatMap { other in
      forms(of: other).first?.words ?? []
    }
  }

  /// The file that takes what an answer streams.
  private static func outfile(of operation: API.Operation) -> [String] {
    operation.service == "s3api" && operation.name == "GetObject" ? ["out"] : []
  }

  @Test func everyOptionOfEveryOperationIsTakenInAllItsForms() {
    var options = 0
    var count = 0
    for service in Self.services {
      for operation in service.commands {
        // These are the client's where an operation is paginated, and tested as such.
        let hidden =
          operation.pagination == nil ? [] : ["--max-items", "--page-size", "--starting-token"]
        for option in operation.options where !hidden.contains(option.flag) {
          options += 1
          for form in Self.forms(of: option) {
            count += 1
            let line =
              [service.name, operation.cli] + Self.outfile(of: operation)
              + Self.required(of: operation, but: option) + form.words
            let environment = AWSEnvironment { form.files[$0].map { Array($0.utf8) } }
            switch AWSGrammar.parse(line, in: environment) {
            case .success(let invocation):
              #expect(
                invocation.input[option.name] == form.value,
                "\(line): \(invocation.input[option.name]?.line ?? "nothing"), not \(form.value.line)"
              )
            case .failure(let error): Issue.record("\(line): \(error.text)")
            }
          }
        }
      }
    }
    print("\(options) options of \(Self.services.count) services taken in \(count) forms")
    #expect(options > 900)
    #expect(count > 2_500)
  }

  /// What a skeleton leaves to be filled in: empty texts, and blobs.
  private static func filled(_ value: JSON, _ shape: Shape) -> JSON {
    switch (shape.kind, value) {
    case (.structure, .object(let object)):
      var result = JSONObject()
      for member in object.members {
        result[member.name] = shape.member(member.name).map { filled(member.value, $0.shape) }
      }
      return .object(result)
    case (.list, .array(let elements)):
      guard let element = shape.element else { return value }
      let all = elements.map { filled($0, element) }
      let least = max(shape.minimum ?? 0, all.count)
      return .array(all + Array(repeating: all.first ?? .null, count: least - all.count))
    case (.map, .object(let object)):
      guard let inner = shape.value else { return value }
      return .object(JSONObject(object.members.map { ($0.name, filled($0.value, inner)) }))
    case (.string, .string(let text)): return .string(text.isEmpty ? Self.text(of: shape) : text)
    case (.blob, _): return "aGk="
    case (.integer, .integer), (.long, .integer): return .integer(max(shape.minimum ?? 0, 0))
    default: return value
    }
  }

  private func take(_ operation: API.Operation, _ option: String, _ text: String) -> String? {
    let words = [operation.service, operation.cli] + Self.outfile(of: operation) + [option, text]
    switch AWSGrammar.parse(words, in: AWSEnvironment()) {
    case .success: return nil
    case .failure(let error): return error.text
    }
  }

  @Test func everySkeletonIsTakenBackOnceItIsFilledIn() throws {
    var count = 0
    for service in Self.services {
      for operation in service.commands {
        guard let shape = operation.input else { continue }
        count += 1
        let words = [service.name, operation.cli, "--generate-cli-skeleton"]
        guard case .success(let invocation) = AWSGrammar.parse(words, in: AWSEnvironment()),
          case .skeleton(.input, _) = invocation.kind
        else {
          Issue.record("\(words)")
          continue
        }
        let skeleton = AWSSkeleton(operation)
        let json = try JSON(parsing: skeleton.input(.input))
        #expect(json.object?.names == shape.members.map(\.name))
        let filled = Self.filled(json, shape)
        #expect(take(operation, "--cli-input-json", filled.line) == nil, "\(operation.name)")
        // The YAML reads as the JSON, but for blobs, which it can write.
        let yaml = try JSON(parsingYAML: skeleton.input(.yamlInput))
        #expect(
          Self.filled(yaml, shape).object?.names == filled.object?.names, "\(operation.name)")
        #expect(
          take(operation, "--cli-input-yaml", Self.filled(yaml, shape).line) == nil,
          "\(operation.name)")
        // As printed, it lacks nothing and holds nothing unknown.
        for (option, text) in [
          ("--cli-input-json", json.line), ("--cli-input-yaml", skeleton.input(.yamlInput)),
        ] {
          for line in (take(operation, option, text) ?? "").split(separator: "\n").dropFirst() {
            #expect(
              line.hasPrefix("Invalid length for") || line.hasPrefix("Invalid value for")
                || line.hasPrefix("Invalid bucket name")
                || line.hasSuffix("file-like object"), "\(operation.name): \(line)")
          }
        }
      }
    }
    print("\(count) skeletons taken back, in JSON and in YAML")
    #expect(count > 250)
  }

  @Test func operationsThatTheLabLacksAreNamedAsSuch() {
    for service in Self.services {
      for known in service.known {
        guard
          case .failure(let error) = AWSGrammar.parse(
            [service.name, known.cli], in: AWSEnvironment())
        else {
          Issue.record("\(known.cli)")
          continue
        }
        #expect(error.text.contains("\(known.cli) is known to AWS but not simulated"))
      }
    }
  }
}
