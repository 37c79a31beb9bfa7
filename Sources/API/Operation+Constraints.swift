import Values

extension Operation {
  /// What the service would refuse about an input, in its words.
  ///
  /// The command line has checked required members, types and minima before; the rest is the
  /// service's. Source: facts §2.6, the ValidationException row.
  ///
  /// Members named `optional` may be missing although the model requires them.
  package func constraintViolations(in value: JSON, optional: [String] = []) -> [String] {
    guard let input, !input.admits(value) else { return [] }
    var violations: [String] = []
    check(value, input, at: "", &violations)
    if optional.isEmpty { return violations }
    let missing = optional.map { "Value null at '\($0.loweredFirst)' " }
    return violations.filter { violation in !missing.contains { violation.hasPrefix($0) } }
  }

  private func check(_ value: JSON, _ shape: Shape, at path: String, _ found: inout [String]) {
    switch shape.kind {
    case .structure:
      for member in shape.members {
        let inner = path + (path.isEmpty ? "" : ".") + member.name.loweredFirst
        if let value = value[member.name] {
          check(value, member.shape, at: inner, &found)
        } else if member.isRequired {
          found.append(
            "Value null at '\(inner)' failed to satisfy constraint: Member must not be null")
        }
      }
    case .list:
      let elements = value.array ?? []
      checkLength(elements.count, value, shape, at: path, &found)
      guard let element = shape.element else { return }
      guard !element.isScalar else {
        var inner: [String] = []
        for value in elements { check(value, element, at: path, &inner) }
        if !inner.isEmpty {
          report(
            value, shape, at: path, "Member must satisfy constraint: \(element.rules)", &found)
        }
        return
      }
      for (index, value) in elements.enumerated() {
        check(value, element, at: "\(path).\(index + 1).member", &found)
      }
    case .map:
      let members = value.object?.members ?? []
      checkLength(members.count, value, shape, at: path, &found)
      var (keys, values): ([String], [String]) = ([], [])
      for member in members {
        if let key = shape.key { check(.string(member.name), key, at: path, &keys) }
        guard let element = shape.value else { continue }
        if element.isScalar {
          check(member.value, element, at: path, &values)
        } else {
          check(member.value, element, at: "\(path).\(member.name).member", &found)
        }
      }
      if let key = shape.key, !keys.isEmpty {
        report(value, shape, at: path, "Map keys must satisfy constraint: \(key.rules)", &found)
      }
      if let element = shape.value, !values.isEmpty {
        report(
          value, shape, at: path, "Map value must satisfy constraint: \(element.rules)", &found)
      }
    case .string: checkText(value, shape, at: path, &found)
    case .integer, .long, .double: checkNumber(value, shape, at: path, &found)
    case .blob:
      guard let text = value.string else { return }
      // Decoding a long blob only to count it would cost more than the call.
      let pads = text.utf8.suffix(2).count { $0 == UInt8(ascii: "=") }
      checkLength(text.utf8.count / 4 * 3 - pads, nil, shape, at: path, &found)
    case .boolean, .timestamp: return
    }
  }

  private func checkText(_ value: JSON, _ shape: Shape, at path: String, _ found: inout [String]) {
    guard let text = value.string else { return }
    if !shape.choices.isEmpty, !shape.choices.contains(text) {
      report(
        value, shape, at: path,
        "Member must satisfy enum value set: [\(shape.choices.joined(separator: ", "))]", &found)
    }
    checkLength(text.unicodeScalars.count, value, shape, at: path, &found)
    if let pattern = shape.pattern, let matcher = TextPattern.compiled(pattern),
      !matcher.matches(text)
    {
      report(
        value, shape, at: path, "Member must satisfy regular expression pattern: \(pattern)",
        &found)
    }
  }

  private func checkNumber(_ value: JSON, _ shape: Shape, at path: String, _ found: inout [String])
  {
    guard let number = value.integer else { return }
    if let minimum = shape.minimum, number < minimum {
      report(
        value, shape, at: path, "Member must have value greater than or equal to \(minimum)",
        &found)
    }
    if let maximum = shape.maximum, number > maximum {
      report(
        value, shape, at: path, "Member must have value less than or equal to \(maximum)", &found)
    }
  }

  private func checkLength(
    _ length: Int, _ value: JSON?, _ shape: Shape, at path: String, _ found: inout [String]
  ) {
    if let minimum = shape.minimum, length < minimum {
      report(
        value, shape, at: path, "Member must have length greater than or equal to \(minimum)",
        &found)
    }
    if let maximum = shape.maximum, length > maximum {
      report(
        value, shape, at: path, "Member must have length less than or equal to \(maximum)", &found)
    }
  }

  /// Blobs and secrets are not echoed. A list or map stands there as Java prints it.
  private func report(
    _ value: JSON?, _ shape: Shape, at path: String, _ rule: String, _ found: inout [String]
  ) {
    var shown = ""
    if let value, !shape.hidesValues { shown = " '\(value.inJava)'" }
    found.append("Value\(shown) at '\(path)' failed to satisfy constraint: \(rule)")
  }
}

extension JSON {
  /// `[a, b]` and `{k=v}`. Of structures, which the service prints as the names and addresses of its own
  /// objects, only how many there are.
  fileprivate var inJava: String {
    if let string { return string }
    if let array {
      if array.contains(where: { $0.object != nil }) { return "[\(array.count) structures]" }
      return "[\(array.map(\.inJava).joined(separator: ", "))]"
    }
    if let object {
      return "{\(object.members.map { "\($0.name)=\($0.value.inJava)" }.joined(separator: ", "))}"
    }
    return line
  }
}

extension Shape {
  fileprivate var isScalar: Bool {
    switch kind {
    case .string, .integer, .long, .double: true
    default: false
    }
  }

  /// Whether it is a secret, or made of secrets.
  fileprivate var hidesValues: Bool {
    isSensitive || (element?.isSensitive ?? false) || (value?.isSensitive ?? false)
  }

  /// All that its values must satisfy, broken or not, in the service's order.
  fileprivate var rules: String {
    var rules: [String] = []
    let noun = kind == .string ? "length" : "value"
    if let maximum { rules.append("Member must have \(noun) less than or equal to \(maximum)") }
    if let minimum { rules.append("Member must have \(noun) greater than or equal to \(minimum)") }
    if let pattern { rules.append("Member must satisfy regular expression pattern: \(pattern)") }
    if !choices.isEmpty {
      rules.append("Member must satisfy enum value set: [\(choices.joined(separator: ", "))]")
    }
    return "[\(rules.joined(separator: ", "))]"
  }

  /// Whether a value breaks no rule: the same look without a word about where.
  fileprivate func admits(_ value: JSON) -> Bool {
    switch (kind, value) {
    case (.structure, .object(let object)):
      for member in members {
        guard let inner = object[member.name] else {
          if member.isRequired { return false }
          continue
        }
        if !member.shape.admits(inner) { return false }
      }
      return true
    case (.list, .array(let elements)):
      guard isWithin(elements.count) else { return false }
      guard let element else { return true }
      return elements.allSatisfy { element.admits($0) }
    case (.string, .string(let text)):
      guard choices.isEmpty || choices.contains(text), isWithin(text.unicodeScalars.count) else {
        return false
      }
      guard let pattern, let matcher = TextPattern.compiled(pattern) else { return true }
      return matcher.matches(text)
    case (.integer, .integer(let number)), (.long, .integer(let number)): return isWithin(number)
    case (.blob, .string(let text)):
      let pads = text.utf8.suffix(2).count { $0 == UInt8(ascii: "=") }
      return isWithin(text.utf8.count / 4 * 3 - pads)
    case (.boolean, _), (.timestamp, _): return true
    // What is left is rare enough to be looked at with its path.
    default: return false
    }
  }

  private func isWithin(_ number: Int) -> Bool {
    number >= minimum ?? .min && number <= maximum ?? .max
  }
}

extension String {
  /// `streamName` of `StreamName`, as services name members in their messages.
  fileprivate var loweredFirst: String { prefix(1).lowercased() + dropFirst() }
}
