import Cloud
import Narration
import Policies
import Values

extension Verb {
  static let lintVerbs: [Verb] = [
    Verb(
      "lint-policy FILE|KEY|STREAM|BUCKET|ROLE|USER|POLICY", .access,
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
          "There is no file, key, stream, bucket, role, user, group or policy "
            + JSON.quoted(call.words[0])
            + (near.isEmpty ? "" : "; did you mean \(near[0])?"))
      }
      policies = found
    } catch {
      var page = Page()
      page.add("It does not parse: \(error.message)", .bad)
      page.add(ErrorAdvice.page(.malformedPolicy(error)), indented: 2)
      turn.status = 1
      return turn.print(page)
    }
    if policies.isEmpty {
      return turn.print("\(call.words[0]) has no policy of its own.\n")
    }
    var page = Page()
    var count = 0
    for policy in policies {
      let key = policy.kind == .key ? policy.arn : nil
      for problem in PolicyLint.problems(
        in: policy.document, of: desk.world.account, key: key, model: desk.world.model)
      {
        count += 1
        page.add("\(policy.label): \(problem.name)", .bad)
        page.add(quoting: policy.document.text, marking: problem.span, indented: 4)
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
      + SubjectNames.names(for: "kinesis:", in: desk.world)
      + SubjectNames.names(for: "s3:", in: desk.world)
      + desk.world.organization.policies.map(\.name)
  }

  /// What a file is for, by what stands in it: who may take a role, what hangs on a resource, on a
  /// key, or on somebody.
  private func kind(of text: String) -> DocumentKind {
    guard let policy = try? JSON(parsing: text) else {
      return text.contains("rincipal\"") ? .key : .identity
    }
    let statements = policy["Statement"]?.array ?? policy["Statement"].map { [$0] } ?? []
    guard statements.contains(where: { $0["Principal"] != nil || $0["NotPrincipal"] != nil }) else {
      return .identity
    }
    let actions = statements.flatMap { statement in
      ["Action", "NotAction"].flatMap { name in
        statement[name]?.array ?? statement[name].map { [$0] } ?? []
      }
    }.compactMap(\.string)
    let services = Set(actions.map { $0.prefix { $0 != ":" }.lowercased() })
    if services == ["sts"] { return .trust }
    return services.isEmpty || services.contains("kms") || services == ["*"] ? .key : .resource
  }

  /// Who may take a role.
  private static func trust(of holder: IAM.Holder) -> [AttachedPolicy] {
    holder.trust.map {
      [
        AttachedPolicy(
          kind: .trust, label: "trust", arn: holder.arn.description, document: $0)
      ]
    } ?? []
  }

  /// The documents behind a name. A file is read as what its statements make it.
  private func policies(of name: String) throws(PolicyError) -> [AttachedPolicy]? {
    if let bytes = desk.files[name] {
      let text = String(decoding: bytes, as: UTF8.self)
      let kind = kind(of: text)
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
        return Self.trust(of: holder) + identities.policies(of: holder)
      }
    }
    if let session = identities.session(ofProfile: name) {
      return (identities.holder(of: session).map(Self.trust) ?? [])
        + identities.policies(of: session)
    }
    if let stream = SubjectNames.stream(name, in: desk.world) {
      return desk.world.streams[stream].resourcePolicy.map { [$0] } ?? []
    }
    if let bucket = desk.world.buckets[name.replacing("arn:aws:s3:::", with: "")] {
      return bucket.policy.map { [$0] } ?? []
    }
    let organization = desk.world.organization
    if let found = organization.policies.first(where: {
      $0.name == name || $0.id == name || $0.arn == name
    }) {
      let kind: DocumentKind = found.type == .serviceControl ? .serviceControl : .resourceControl
      return [
        AttachedPolicy(
          kind: kind, label: "\(kind == .serviceControl ? "scp" : "rcp"):\(found.name)",
          arn: found.arn, document: found.document)
      ]
    }
    return identities.managed.values.first { $0.name == bare || $0.arn == name }.map { [$0.policy] }
  }
}
