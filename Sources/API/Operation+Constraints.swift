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
      for (index, value) in elements.enumerated() {
        check(value, element, at: "\(path).\(index + 1).member", &found)
      }
    case .map:
      let members = value.object?.members ?? []
      checkLength(members.count, value, shape, at: path, &found)
      for member in members {
        if let key = shape.key { check(.string(member.name), key, at: path, &found) }
        if let value = shape.value {
          check(member.value, value, at: "\(path).\(member.name).member", &found)
        }
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

  /// Blobs and secrets are not echoed.
  private func report(
    _ value: JSON?, _ shape: Shape, at path: String, _ rule: String, _ found: inout [String]
  ) {
    var shown = ""
    if let value, !shape.isSensitive { shown = " '\(value.string ?? value.line)'" }
    found.append("Value\(shown) at '\(path)' failed to satisfy constraint: \(rule)")
  }
}

extension Shape {
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
