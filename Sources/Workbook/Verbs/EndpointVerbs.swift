import Cloud
import Narration
import Policies
import Values

extension Verb {
  static let endpointVerbs: [Verb] = [
    Verb(
      "vpc-endpoint [SERVICE [--policy FILE|off]|off]", .access,
      "send your calls of a service through a VPC endpoint with a policy, or over the internet again; alone: which there are",
      example: "vpc-endpoint kms"
    ) { workbook, call, turn in
      workbook.endpoint(call, &turn)
    }
  ]
}

extension Workbook {
  fileprivate mutating func endpoint(_ call: VerbCall, _ turn: inout Turn) {
    switch call.words.first {
    case nil: turn.print(EndpointPage.page(of: desk.world))
    case "off":
      guard call.words.count == 1 else {
        return turn.misuse(call, "vpc-endpoint off takes no further word: it ends all of them")
      }
      let ended = desk.world.endpoints.all.map(\.service)
      for service in ended { desk.cloud.removeEndpoint(service) }
      turn.print(
        ended.isEmpty
          ? "There is no VPC endpoint: all calls go over the internet.\n"
          : "All calls go over the internet again.\n")
    case let word?:
      guard let service = Self.service(named: word) else {
        return turn.misuse(call, Self.noEndpoint(for: word))
      }
      endpoint(of: service, Array(call.words.dropFirst()), call, &turn)
    }
  }

  private mutating func endpoint(
    of service: Endpoints.Service, _ words: [String], _ call: VerbCall, _ turn: inout Turn
  ) {
    switch (words.first, words.count) {
    case (nil, _):
      if desk.world.endpoints[service] == nil { set(service, Endpoints.defaultPolicy, call, &turn) }
    case ("off", 1):
      guard desk.world.endpoints[service] != nil else {
        return turn.misuse(call, "\(service.rawValue) has no VPC endpoint")
      }
      desk.cloud.removeEndpoint(service)
      return turn.print("Calls of \(service.rawValue) go over the internet again.\n")
    case ("--policy", 2):
      guard let text = policy(words[1], call, &turn) else { return }
      set(service, text, call, &turn)
    case ("--policy", 1):
      return turn.misuse(call, "--policy wants a file of the lab, or the policy itself")
    case (let word?, _):
      let wrong = word == "--policy" || word == "off" ? words[words.count - 1] : word
      return turn.misuse(
        call, "after the service stands --policy with a file, or off, not \(JSON.quoted(wrong))")
    }
    if turn.status == 0 { turn.print(EndpointPage.page(of: desk.world, service)) }
  }

  /// The text of a policy: of a file, or as it stands on the line.
  private func policy(_ word: String, _ call: VerbCall, _ turn: inout Turn) -> String? {
    if word.first(where: { !$0.isWhitespace }) == "{" { return word }
    let name = word.hasPrefix("file://") ? String(word.dropFirst(7)) : word
    if let bytes = desk.files[name] { return String(decoding: bytes, as: UTF8.self) }
    let near = NearNames.of(name, among: desk.files.names)
    turn.misuse(
      call,
      "There is no file \(JSON.quoted(name)) in the lab"
        + (near.isEmpty ? "" : "; did you mean \(near[0])?"))
    return nil
  }

  private mutating func set(
    _ service: Endpoints.Service, _ text: String, _ call: VerbCall, _ turn: inout Turn
  ) {
    guard text.count <= Endpoints.mostCharacters else {
      return turn.misuse(
        call,
        "the policy has \(Number.grouped(text.count)) characters, and an endpoint's takes at most "
          + Number.grouped(Endpoints.mostCharacters))
    }
    do throws(PolicyError) {
      desk.cloud.setEndpoint(service, policy: try PolicyDocument(parsing: text, as: .endpoint))
    } catch {
      var page = Page()
      page.add("It is no policy of an endpoint: \(error.message)", .bad)
      page.add(ErrorAdvice.page(.malformedPolicy(error)), indented: 2)
      turn.complain(page, status: 2)
    }
  }

  /// A service by its name in policies, in its hosts or in full.
  private static func service(named word: String) -> Endpoints.Service? {
    let names = ["kinesis-streams": "kinesis", "monitoring": "cloudwatch"]
    let word = word == "service-quotas" ? "servicequotas" : word
    return Endpoints.Service(rawValue: names[word] ?? word)
      ?? Endpoints.Service.allCases.first { $0.fullName == word }
  }

  private static func noEndpoint(for word: String) -> String {
    let known = Endpoints.Service.allCases.map(\.rawValue)
    if ["iam", "organizations"].contains(word) {
      return "\(word) is always reached over the internet here; an endpoint can have "
        + known.joined(separator: ", ")
    }
    let near = NearNames.of(word, among: known)
    return "There is no endpoint for \(JSON.quoted(word)): "
      + (near.isEmpty
        ? "there can be \(known.joined(separator: ", "))" : "did you mean \(near[0])?")
  }
}

/// VPC endpoints as they are read.
enum EndpointPage {
  static func page(of world: World) -> Page {
    var page = Page()
    let all = world.endpoints.all
    guard !all.isEmpty else {
      page.add("There is no VPC endpoint: all calls go over the internet.")
      page.add("vpc-endpoint kms   sends those of KMS through one", .next)
      return page
    }
    page.add(
      "VPC \(world.endpoints.vpc), whatever the credentials; the rest goes over the internet")
    page.add(
      table: all.map { endpoint in
        [
          endpoint.service.rawValue, endpoint.id,
          ShortNames.plural(endpoint.policy.document.statements.count, "statement"),
          isDefault(endpoint) ? "lets everything through" : "",
        ]
      })
    page.add("vpc-endpoint \(all[0].service.rawValue)   shows its policy", .next)
    return page
  }

  static func page(of world: World, _ service: Endpoints.Service) -> Page {
    var page = Page()
    guard let endpoint = world.endpoints[service] else { return page }
    page.add("\(service.rawValue) is reached through \(endpoint.id) (\(service.fullName))")
    page.add(
      isDefault(endpoint)
        ? "Its policy is the default one, which lets everything through:" : "Its policy:")
    page.add(endpoint.policy.document.text, .quote)
    if service == .kms {
      page.add("What Kinesis asks KMS for does not come through your endpoint.", .note)
    }
    page.add("vpc-endpoint \(service.rawValue) off   ends it", .next)
    return page
  }

  private static func isDefault(_ endpoint: Endpoints.Endpoint) -> Bool {
    endpoint.policy.document.text == Endpoints.defaultPolicy
  }
}
