import Cloud
import Narration
import Policies
import Values

extension Verb {
  static let lintVerbs: [Verb] = [
    Verb(
      "lint-policy FILE|KEY|ROLE|USER|POLICY", .access,
      "what never matches in a policy, and what opens too much",
      example: "lint-policy kinesis-consumer-role"
    ) { workbook, call, turn in
      workbook.lintPolicy(call, &turn)
    }
  ]
}

extension Workbook {
  fileprivate func lintPolicy(_ call: VerbCall, _ turn: inout Turn) {
    guard call.words.count == 1 else {
      return turn.misuse(call, "lint-policy wants one policy, or who carries some")
    }
    let policies: [AttachedPolicy]
    do throws(PolicyError) {
      guard let found = try self.policies(of: call.words[0]) else {
        let near = NearNames.of(call.words[0], among: lintable)
        return turn.misuse(
          call,
          "There is no file, key, role, user or policy \(JSON.quoted(call.words[0]))"
            + (near.isEmpty ? "" : "; did you mean \(near[0])?"))
      }
      policies = found
    } catch {
      var page = Page()
      page.add("It does not parse: \(error.message) (KH-POLICY-SYNTAX)", .bad)
      for line in ErrorAdvice.lines(.malformedPolicy(error)) { page.add("  \(line)") }
      turn.status = 1
      return turn.print(page)
    }
    var page = Page()
    var count = 0
    for policy in policies {
      for problem in PolicyLint.problems(in: policy.document) {
        count += 1
        page.add("\(policy.label): \(problem.name)", .bad)
        for (line, caret) in SourceExcerpt.lines(of: policy.document.text, marking: problem.span) {
          page.add("    \(line)", .quote)
          page.add("    \(caret)", .quote)
        }
        page.add("  \(problem.text)")
      }
    }
    let read = ShortNames.plural(policies.count, "document")
    page.add("\(read) read, \(ShortNames.plural(count, "finding"))", count == 0 ? .good : .note)
    if count > 0 { page.add("explain NAME   says more about a finding", .next) }
    turn.status = count == 0 ? 0 : 1
    turn.print(page)
  }

  private var lintable: [String] {
    let identities = desk.world.identities
    return desk.files.names + SubjectNames.names(for: "kms:", in: desk.world)
      + identities.holders(.role).map(\.name) + identities.holders(.user).map(\.name)
      + identities.managed.values.map(\.name).sorted()
  }

  /// The documents behind a name. A file is read as a key policy when it names principals.
  private func policies(of name: String) throws(PolicyError) -> [AttachedPolicy]? {
    if let bytes = desk.files[name] {
      let text = String(decoding: bytes, as: UTF8.self)
      let kind: DocumentKind = text.contains("rincipal\"") ? .key : .identity
      return [
        AttachedPolicy(
          kind: kind, label: name, arn: nil, document: try PolicyDocument(parsing: text, as: kind))
      ]
    }
    if let key = SubjectNames.key(name, in: desk.world) { return [desk.world.keys[key].policy] }
    let identities = desk.world.identities
    let bare = ARN(name)?.resourceName ?? name.split(separator: "/").last.map(String.init) ?? name
    for kind in [IAM.HolderKind.role, .user, .group] {
      if let holder = try? identities.holder(kind, named: bare) {
        return identities.policies(of: holder)
      }
    }
    if let session = identities.session(ofProfile: name) { return identities.policies(of: session) }
    return identities.managed.values.first { $0.name == bare || $0.arn == name }.map { [$0.policy] }
  }
}
