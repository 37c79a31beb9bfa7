import API
import Values

/// `--generate-cli-skeleton`: what an input looks like, to be filled in, or a sample of the output.
///
/// An enum shows its first choice where the client picks one by chance.
/// Source: facts cli-v2.md; the client's own skeletons.
package struct AWSSkeleton: Sendable {
  package enum Form: String, CaseIterable, Sendable {
    case input, output
    case yamlInput = "yaml-input"
  }

  let operation: API.Operation

  package init(_ operation: API.Operation) { self.operation = operation }

  /// What is printed for `input` and `yaml-input`.
  package func input(_ form: Form, _ extensions: AWSExtensions = []) -> String {
    guard form == .yamlInput else { return inputSample.pretty + "\n" }
    guard let input = operation.input, !input.members.isEmpty else { return "{}\n" }
    var lines: [String] = []
    var names = [input.name]
    for member in input.members { write(member, indent: 0, dash: false, &names, &lines) }
    return lines.map { $0 + "\n" }.joined()
  }

  /// The JSON of `input`.
  package var inputSample: JSON {
    var names: [String] = []
    return operation.input.map { sample($0, "", isOutput: false, &names) } ?? .object(JSONObject())
  }

  /// The reply of `output`: texts are the names of their members.
  package var outputSample: JSON {
    var names: [String] = []
    return operation.output.map { sample($0, "", isOutput: true, &names) } ?? .object(JSONObject())
  }

  private func sample(_ shape: Shape, _ name: String, isOutput: Bool, _ names: inout [String])
    -> JSON
  {
    names.append(shape.name)
    defer { names.removeLast() }
    switch shape.kind {
    case .structure:
      var object = JSONObject()
      guard names.count(where: { $0 == shape.name }) == 1 else { return .object(object) }
      for member in shape.members {
        object[member.name] = sample(member.shape, member.name, isOutput: isOutput, &names)
      }
      return .object(object)
    case .list:
      guard let element = shape.element else { return [] }
      return [sample(element, isOutput ? element.name : "", isOutput: isOutput, &names)]
    case .map:
      guard let value = shape.value else { return .object(JSONObject()) }
      return ["KeyName": sample(value, "", isOutput: isOutput, &names)]
    case .string: return .string(isOutput ? name : shape.choices.first ?? "")
    case .integer, .long: return 0
    case .double: return .double(0)
    case .boolean: return true
    case .timestamp: return "1970-01-01T00:00:00"
    case .blob: return .null
    }
  }

  // MARK: YAML

  private func write(
    _ member: Member, indent: Int, dash: Bool, _ names: inout [String], _ lines: inout [String]
  ) {
    let lead = String(repeating: " ", count: indent) + (dash ? "- " : "")
    let remark = remark(member)
    let inner = indent + (dash ? 2 : 0)
    write(
      member.shape, head: lead + member.name + ":", remark: remark, indent: inner, &names, &lines)
  }

  /// A value behind `head`, which is `name:` or `-`.
  private func write(
    _ shape: Shape, head: String, remark: String, indent: Int, _ names: inout [String],
    _ lines: inout [String]
  ) {
    names.append(shape.name)
    defer { names.removeLast() }
    let isSeen = names.count { $0 == shape.name } > 1
    switch shape.kind {
    case .structure where !shape.members.isEmpty && !isSeen:
      lines.append(head + remark)
      for member in shape.members {
        write(member, indent: indent + 2, dash: false, &names, &lines)
      }
    case .structure: lines.append(head + " {}" + remark)
    case .map:
      guard let value = shape.value else { return lines.append(head + " {}" + remark) }
      lines.append(head + remark)
      let name = String(repeating: " ", count: indent + 2) + "KeyName:"
      write(value, head: name, remark: "", indent: indent + 2, &names, &lines)
    case .list:
      guard let element = shape.element else { return lines.append(head + " []" + remark) }
      lines.append(head + remark)
      let lead = String(repeating: " ", count: indent)
      if element.kind == .structure, !element.members.isEmpty,
        !names.contains(element.name)
      {
        names.append(element.name)
        for (index, member) in element.members.enumerated() {
          if index == 0 {
            write(member, indent: indent, dash: true, &names, &lines)
          } else {
            write(member, indent: indent + 2, dash: false, &names, &lines)
          }
        }
        names.removeLast()
      } else if element.kind == .list {
        // A list in a list begins on a line of its own, which reads the same.
        lines.append(lead + "-")
        var inner: [String] = []
        write(element, head: "", remark: "", indent: indent + 2, &names, &inner)
        lines += inner.dropFirst()
      } else if element.kind == .map {
        lines.append(lead + "-")
        var inner: [String] = []
        write(element, head: "", remark: "", indent: indent, &names, &inner)
        lines += inner.dropFirst()
      } else {
        write(element, head: lead + "-", remark: "", indent: indent, &names, &lines)
      }
    case .string: lines.append(head + " '\(shape.choices.first ?? "")'" + remark)
    case .integer, .long: lines.append(head + " 0" + remark)
    case .double: lines.append(head + " 0.0" + remark)
    case .boolean: lines.append(head + " true" + remark)
    case .timestamp: lines.append(head + " 1970-01-01 00:00:00" + remark)
    case .blob: lines.append(head + " !!binary ''" + remark)
    }
  }

  private func remark(_ member: Member) -> String {
    var parts: [String] = []
    if member.isRequired { parts.append("[REQUIRED]") }
    if let limits = AWSHelp.limits(member.shape) { parts.append(limits + ".") }
    if !member.shape.choices.isEmpty {
      parts.append("Valid values are: \(member.shape.choices.joined(separator: ", ")).")
    }
    return parts.isEmpty ? "" : "  # " + parts.joined(separator: " ")
  }
}
