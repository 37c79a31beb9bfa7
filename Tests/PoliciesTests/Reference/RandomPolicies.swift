import Policies

/// Chance that a number brings back.
struct Dice {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0x1234_5678_9ABC_DEF1 }

  private mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  mutating func draw(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
  /// Once in so many times.
  mutating func once(in times: Int) -> Bool { draw(times) == 0 }
  mutating func one<Element>(of elements: [Element]) -> Element { elements[draw(elements.count)] }

  /// Between so many of the elements, each once, in their order.
  mutating func some<Element>(of elements: [Element], _ counts: ClosedRange<Int>) -> [Element] {
    let count = counts.lowerBound + draw(counts.count)
    var places = Array(elements.indices)
    while places.count > count { places.remove(at: draw(places.count)) }
    return places.map { elements[$0] }
  }
}

/// What is asked for: it decides which policies there are and what may stand in them.
enum AskedThing: CaseIterable {
  /// A KMS key, whose own policy must say yes, and which has grants.
  case key
  /// A stream, which may have a policy.
  case stream
  /// A role that is taken, whose trust policy must say yes.
  case role
  /// An action that has no resource.
  case nothing

  var resource: String? {
    switch self {
    case .key: "arn:aws:kms:us-east-1:\(Bench.account):key/blue"
    case .stream: "arn:aws:kinesis:us-east-1:\(Bench.account):stream/blue"
    case .role: "arn:aws:iam::\(Bench.account):role/blue"
    case .nothing: nil
    }
  }

  fileprivate var policyKind: DocumentKind? {
    switch self {
    case .key: .key
    case .stream: .resource
    case .role: .trust
    case .nothing: nil
    }
  }

  fileprivate var actions: [String] {
    switch self {
    case .key:
      ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:DescribeKey", "kms:CreateGrant"]
    case .stream: ["kinesis:PutRecord", "kinesis:PutRecords", "kinesis:GetRecords"]
    case .role: ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
    case .nothing: ["kms:ListKeys", "kinesis:ListStreams"]
    }
  }

  fileprivate var patterns: [String] {
    switch self {
    case .key:
      ["kms:*", "KMS:decrypt", "kms:?ncrypt", "kms:Generate*Key", "kms:*Key*", "kms:De*", "kms:*t"]
    case .stream:
      ["kinesis:*", "Kinesis:putrecord", "kinesis:Put*", "kinesis:???Records", "kinesis:Get*s"]
    case .role: ["sts:*", "STS:assumerole", "sts:*e*", "sts:Tag?ession"]
    case .nothing: ["kms:List*", "kinesis:List*", "KMS:listkeys", "kinesis:*"]
    }
  }

  fileprivate var resources: [String] {
    guard let resource else { return ["*", "arn:aws:kms:us-east-1:\(Bench.account):key/blue"] }
    let parts = resource.split(separator: ":", omittingEmptySubsequences: false)
    let start = parts.dropLast().joined(separator: ":")
    let kind = parts.last?.prefix { $0 != "/" } ?? ""
    // IAM has no Regions, and takes no name but of a kind.
    let isRole = self == .role
    let region = isRole ? "" : "*"
    return [
      resource, "\(start):\(kind)/red", "\(start):\(kind)/*", "\(start):\(isRole ? "*" : "*e")",
      "\(start):\(kind)/bl?e", "arn:aws:\(parts[2]):\(region):*:\(kind)/b*",
      "arn:*:\(parts[2]):\(region):\(Bench.account):*",
      "\(start):\(kind)/${aws:PrincipalTag/team}", "\(start):\(kind)/${aws:PrincipalTag/none}",
      "\(start):\(kind)/${aws:PrincipalTag/none, 'blue'}", "\(start):\(kind)/bl${*}e",
      "\(start):\(kind)/${aws:username}*",
    ]
  }
}

/// Draws policies and the requests that are put to them.
struct RandomPolicies {
  var dice: Dice
  let thing: AskedThing
  private var identity: [PlainPolicies.Both] = []
  private var resource: [PlainPolicies.Both] = []
  private var boundary: [PlainPolicies.Both] = []
  private var grants: [PlainPolicies.Both] = []
  private var session: [PlainPolicies.Both] = []
  private var serviceControl: [PlainPolicies.Both] = []
  private var resourceControl: [PlainPolicies.Both] = []
  private var endpoint: [PlainPolicies.Both] = []

  // MARK: Callers

  static let federated = Principal(
    kind: .federated, account: Bench.account,
    arn: "arn:aws:sts::\(Bench.account):federated-user/fay", userName: "ann",
    uniqueID: "\(Bench.account):fay", issuer: Bench.user.arn)
  static let otherSession = Principal(
    kind: .assumedRole, account: Bench.account,
    arn: "arn:aws:sts::\(Bench.account):assumed-role/reader/t",
    roleARN: "arn:aws:iam::\(Bench.account):role/reader", uniqueID: "AROAR:t")
  static let strangeSession = Principal(
    kind: .assumedRole, account: Bench.other,
    arn: "arn:aws:sts::\(Bench.other):assumed-role/partner/p",
    roleARN: "arn:aws:iam::\(Bench.other):role/partner", uniqueID: "AROAP:p")
  static let strangeRoot = Principal(
    kind: .root, account: Bench.other, arn: "arn:aws:iam::\(Bench.other):root",
    uniqueID: Bench.other)
  static let anonymous = Principal(kind: .anonymous, account: "", arn: "anonymous")

  static let callers: [(name: String, principal: Principal)] = [
    ("user", Bench.user), ("session", Bench.session), ("another session", otherSession),
    ("root user", Bench.root), ("service", Bench.service), ("federated user", federated),
    ("user of another account", Bench.stranger), ("session of another account", strangeSession),
    ("root user of another account", strangeRoot), ("anonymous", anonymous),
  ]

  private static let names = [
    Bench.user.arn, Bench.role, Bench.session.arn, Bench.root.arn, Bench.account, "AIDAX", "AROAX",
    federated.arn, "arn:aws:iam::\(Bench.account):role/reader", Bench.stranger.arn, Bench.other,
    "arn:aws:iam::\(Bench.other):root", "arn:aws:iam::\(Bench.other):role/partner",
    strangeSession.arn, "AIDAGONE",
  ]

  private static let others: [PlainPrincipal.Entry] = [
    .init(group: "Service", name: "kinesis.amazonaws.com"),
    .init(group: "Service", name: "s3.amazonaws.com"),
    .init(group: "Federated", name: "cognito-identity.amazonaws.com"),
    // A name of a user under a group for other names means nobody.
    .init(group: "Federated", name: Bench.user.arn),
    .init(
      group: "CanonicalUser",
      name: "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"),
    .init(group: "CanonicalUser", name: Bench.session.arn),
  ]

  // MARK: Policies

  init(seed: UInt64) throws {
    dice = Dice(seed: seed)
    thing = dice.one(of: AskedThing.allCases)
    identity = try draw(.identity, 2, "identity:P")
    if let kind = thing.policyKind { resource = try draw(kind, 2, "resource") }
    boundary = try draw(.boundary, 1, "boundary:B")
    session = try draw(.session, 2, "session:S")
    serviceControl = try draw(.serviceControl, 2, "scp:C")
    resourceControl = try draw(.resourceControl, 1, "rcp:P")
    endpoint = try draw(.endpoint, 1, "endpoint:E")
    if thing == .key { grants = try draw(.grant, 2, "grant:G") }
  }

  private mutating func draw(_ kind: DocumentKind, _ count: Int, _ label: String) throws
    -> [PlainPolicies.Both]
  {
    var drawn: [PlainPolicies.Both] = []
    for _ in 0..<count {
      let policy = policy(kind)
      drawn.append((policy, try policy.compiled(label)))
    }
    return drawn
  }

  private mutating func policy(_ kind: DocumentKind) -> PlainPolicy {
    // An identity policy must be of the newer version.
    let isOld = kind != .identity && kind != .grant && dice.once(in: 6)
    let version = isOld ? dice.one(of: ["2008-10-17", nil]) : "2012-10-17"
    if kind == .grant { return PlainPolicy(kind: kind, version: nil, statements: [grant()]) }
    // Limits that speak of little would refuse nearly everything.
    let isLimit = [.boundary, .session, .serviceControl, .resourceControl, .endpoint].contains(kind)
    var statements = (0...[0, 0, 1, 1, 2][dice.draw(5)]).map { _ in
      statement(kind, hasVariables: version == "2012-10-17")
    }
    if isLimit, dice.draw(3) > 0 {
      let all = PlainPrincipal(entries: [.init(group: "*", name: "*")])
      let speaks = kind == .resourceControl || kind == .endpoint
      statements.append(
        PlainStatement(
          isAllow: true, principal: speaks ? all : nil, action: PlainList(values: ["*"]),
          resource: PlainList(values: ["*"])))
    }
    return PlainPolicy(kind: kind, version: version, statements: statements)
  }

  private mutating func grant() -> PlainStatement {
    let grantee = dice.one(
      of: Self.names.filter { $0.hasPrefix("arn:") } + ["kinesis.amazonaws.com"])
    let isService = grantee.hasSuffix(".com")
    var statement = PlainStatement(
      isAllow: true,
      principal: PlainPrincipal(entries: [
        .init(group: isService ? "Service" : "AWS", name: grantee)
      ]),
      action: PlainList(values: dice.some(of: thing.actions, 1...4)), resource: nil)
    if !dice.once(in: 3) {
      let pairs = dice.some(of: [("team", "blue"), ("Purpose", "Test")], 1...2)
      statement.constraint = PlainConstraint(
        isWhole: dice.once(in: 2), pairs: Dictionary(uniqueKeysWithValues: pairs))
    }
    return statement
  }

  private mutating func statement(_ kind: DocumentKind, hasVariables: Bool) -> PlainStatement {
    var statement = PlainStatement(isAllow: !dice.once(in: 5))
    switch kind {
    case .identity, .boundary, .session, .serviceControl, .grant: break
    case .resourceControl:
      statement.principal = PlainPrincipal(entries: [.init(group: "*", name: "*")])
    case .key, .resource, .trust, .endpoint: statement.principal = principal(kind)
    }
    // A trust policy spells its actions out.
    let patterns = kind == .trust ? thing.actions : thing.actions + thing.patterns + ["*"]
    if kind != .key || !dice.once(in: 20) {
      statement.action = PlainList(
        isNegated: kind != .trust && dice.once(in: 6), values: dice.some(of: patterns, 1...3))
    }
    if kind != .trust, kind != .key || !dice.once(in: 20) {
      let all = dice.once(in: 3)
      statement.resource = PlainList(
        isNegated: !all && dice.once(in: 6),
        values: all ? ["*"] : dice.some(of: thing.resources, 1...3))
    }
    for _ in 0..<[0, 0, 0, 1, 1, 1, 2, 2][dice.draw(8)] {
      let condition = condition(hasVariables: hasVariables)
      let isTaken = statement.conditions.contains {
        $0.name == condition.name && $0.key.lowercased() == condition.key.lowercased()
      }
      if !isTaken { statement.conditions.append(condition) }
    }
    return statement
  }

  private mutating func principal(_ kind: DocumentKind) -> PlainPrincipal {
    let isNegated = kind != .trust && dice.once(in: 6)
    // Everybody, which stands alone.
    if dice.once(in: isNegated ? 12 : 6) {
      return PlainPrincipal(isNegated: isNegated, entries: [.init(group: "*", name: "*")])
    }
    let names = dice.some(of: Self.names, isNegated ? 2...9 : 1...4)
    var entries = names.map { PlainPrincipal.Entry(group: "AWS", name: $0) }
    if dice.once(in: 12) { entries.append(.init(group: "AWS", name: "*")) }
    if dice.once(in: 3) { entries += dice.some(of: Self.others, 1...2) }
    return PlainPrincipal(isNegated: isNegated, entries: entries)
  }

  // MARK: Conditions

  /// What is compared: a key with one value and one with several, what policies have there and what
  /// requests have.
  struct Family {
    var operators: [String]
    var key: String
    var several: String
    var wanted: [String]
    var found: [String]
    private(set) var foldedKey = ""
    private(set) var foldedSeveral = ""

    /// With the names as they are looked up.
    var folded: Family {
      var copy = self
      copy.foldedKey = key.lowercased()
      copy.foldedSeveral = several.lowercased()
      return copy
    }
  }

  static let families: [Family] = [
    Family(
      operators: [
        "StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase",
        "StringLike", "StringNotLike",
      ], key: "aws:PrincipalTag/team", several: "aws:TagKeys",
      wanted: [
        "blue", "Blue", "red", "b*", "b?ue", "gr?n", "*e", "bl${*}e", "bl${?}e", "x${$}y",
        "${aws:PrincipalTag/team}", "${aws:PrincipalTag/none}", "${aws:PrincipalTag/none, 'blue'}",
        "${aws:PrincipalTag/Team, 'red'}", "${aws:username}", "a${aws:username}",
      ], found: ["blue", "Blue", "red", "bl*e", "bl?e", "x$y", "grün", "ann"]),
    Family(
      operators: [
        "NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals",
        "NumericGreaterThan", "NumericGreaterThanEquals",
      ], key: "test:Number", several: "test:Numbers", wanted: ["1", "2.5", "-1", "007", "2.50"],
      found: ["1", "1.0", "2.5", "-1", "7", "100"]),
    Family(
      operators: [
        "DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan",
        "DateGreaterThanEquals",
      ], key: "aws:CurrentTime", several: "test:Dates", wanted: PlainDate.seconds.keys.sorted(),
      found: PlainDate.seconds.keys.filter { $0.count > 9 }.sorted()),
    Family(
      operators: ["Bool"], key: "aws:SecureTransport", several: "test:Flags",
      wanted: ["true", "false", "True", "FALSE"], found: ["true", "false", "TRUE"]),
    Family(
      operators: ["BinaryEquals"], key: "test:Bytes", several: "test:SeveralBytes",
      wanted: ["aGk=", "aGo=", "AAAA"], found: ["aGk=", "aGo=", "AAAB"]),
    Family(
      operators: ["IpAddress", "NotIpAddress"], key: "aws:SourceIp", several: "test:Addresses",
      wanted: [
        "203.0.113.0/24", "203.0.113.12", "203.0.112.255/23", "10.0.0.0/8", "0.0.0.0/0", "::/0",
        "2001:DB8::/32", "2001:db8::1", "::ffff:cb00:7100/120",
      ],
      found: [
        "203.0.113.12", "203.0.112.255", "10.0.0.1", "2001:db8:0:0:0:0:0:1", "2001:db9::1",
        "::ffff:203.0.113.12",
      ]),
    Family(
      operators: ["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"], key: "aws:PrincipalArn",
      several: "test:ARNs",
      wanted: [
        Bench.role, Bench.user.arn, "arn:aws:iam::*:role/*", "arn:aws:iam::\(Bench.account):*",
        "arn:aws:*:user/*", "*", "arn:aws:iam::\(Bench.account):user/${aws:username}",
        "arn:aws:iam::??????789012:user/a*", "arn:aws:kinesis:*:*:stream/a*",
      ],
      found: [
        Bench.role, Bench.user.arn, Bench.stranger.arn, Bench.root.arn,
        "arn:aws:kinesis:us-east-1:\(Bench.account):stream/a:b",
      ]),
    Family(
      operators: ["Null"], key: "aws:username", several: "kms:ResourceAliases",
      wanted: ["true", "false"], found: ["ann"]),
    Family(
      operators: ["StringEquals", "StringLike", "StringNotEquals"], key: "kms:ViaService",
      several: "kms:ResourceAliases",
      wanted: ["kinesis.us-east-1.amazonaws.com", "alias/*", "s3.*"],
      found: ["kinesis.us-east-1.amazonaws.com", "alias/a", "alias/b"]),
    Family(
      operators: ["StringEquals", "StringLike"], key: "kms:EncryptionContext:team",
      several: "kms:EncryptionContextKeys", wanted: ["blue", "team", "B*"],
      found: ["blue", "Blue", "team", "Purpose"]),
  ].map(\.folded)

  /// Every operator with the place of its family.
  private static let operators: [(place: Int, name: String)] = families.enumerated().flatMap {
    place, family in family.operators.map { (place, $0) }
  }

  /// Every operator in every form that it has.
  static let forms: [String] = {
    var names: Set<String> = []
    for family in families {
      for comparison in family.operators {
        for quantifier in PlainCondition.Quantifier.allCases {
          for ifExists in [false, true]
          where comparison != "Null" || (quantifier == .one && !ifExists) {
            names.insert(
              PlainCondition(
                comparison: comparison, quantifier: quantifier, ifExists: ifExists, key: "",
                values: []
              ).name)
          }
        }
      }
    }
    return names.sorted()
  }()

  private mutating func condition(hasVariables: Bool) -> PlainCondition {
    let (place, comparison) = dice.one(of: Self.operators)
    let family = Self.families[place]
    let isNull = comparison == "Null"
    let quantifier = isNull ? .one : dice.one(of: PlainCondition.Quantifier.allCases)
    // A key with several values under a plain operator is written, too.
    let isSeveral = quantifier == .one ? dice.once(in: 5) : !dice.once(in: 5)
    var key = isSeveral ? family.several : family.key
    if dice.once(in: 4) { key = dice.once(in: 2) ? key.lowercased() : key.uppercased() }
    // In the older version `${…}` is plain text, which no yes or no is.
    let wanted = family.wanted.filter { hasVariables || comparison != "Bool" || !$0.contains("$") }
    let isVariable = comparison == "Bool" && hasVariables && dice.once(in: 6)
    return PlainCondition(
      comparison: comparison, quantifier: quantifier, ifExists: !isNull && dice.once(in: 2),
      key: key, values: isVariable ? ["${test:Flag, 'true'}"] : dice.some(of: wanted, 1...3))
  }

  // MARK: Requests

  mutating func request() -> (name: String, request: PlainRequest, policies: PlainPolicies) {
    // Most ask from within the account.
    let caller =
      dice.once(in: 3) ? dice.one(of: Self.callers) : dice.one(of: Array(Self.callers[..<4]))
    let principal = caller.principal
    var request = PlainRequest(
      caller: principal, action: dice.one(of: thing.actions),
      resource: thing.resource, context: context(of: principal), encryptionContext: [:],
      owner: thing == .nothing ? principal.account : Bench.account,
      resourceMustAllow: thing == .key || thing == .role)
    if thing == .key {
      let pairs = dice.some(of: [("team", "blue"), ("Purpose", "Test")], 0...2).map { pair in
        dice.once(in: 5) ? (pair.0.uppercased(), pair.1) : pair
      }
      request.encryptionContext = Dictionary(uniqueKeysWithValues: pairs)
      for (key, value) in pairs {
        request.context["kms:encryptioncontext:\(key.lowercased())"] = [value]
      }
      request.rowsDecide = !dice.once(in: 4)
      request.keyPolicyMustName = dice.once(in: 4)
      request.identityMustAllow = dice.once(in: 6)
      request.service = dice.once(in: 6) ? Bench.service : nil
    }
    return (caller.name, request, attached(principal))
  }

  private mutating func context(of principal: Principal) -> [String: [String]] {
    var context: [String: [String]] = [:]
    for family in Self.families {
      if dice.draw(4) > 0 { context[family.foldedKey] = [dice.one(of: family.found)] }
      if dice.draw(4) > 0 { context[family.foldedSeveral] = dice.some(of: family.found, 0...3) }
    }
    context["aws:username"] = principal.kind == .user ? principal.userName.map { [$0] } : nil
    if dice.draw(3) > 0 {
      context["aws:principalarn"] = [principal.roleARN ?? principal.arn]
    }
    if dice.once(in: 2) { context["test:flag"] = [dice.one(of: ["true", "false"])] }
    for key in context.keys where key.hasPrefix("kms:encryptioncontext:") { context[key] = nil }
    return context
  }

  /// What such a caller can have.
  private mutating func attached(_ principal: Principal) -> PlainPolicies {
    var policies = PlainPolicies()
    let hasOwn = [.user, .assumedRole, .federated].contains(principal.kind)
    if hasOwn { policies.identity = dice.some(of: identity, 0...2) }
    if hasOwn, dice.once(in: 3) { policies.boundary = boundary.first }
    if [.assumedRole, .federated].contains(principal.kind), dice.once(in: 2) {
      policies.session = dice.some(of: session, 1...2)
    }
    if principal.account == Bench.account, dice.once(in: 3) {
      policies.serviceControl = dice.once(in: 2) ? [serviceControl] : serviceControl.map { [$0] }
    }
    let isAlwaysThere = thing == .key || thing == .role
    if isAlwaysThere || dice.once(in: 2) { policies.resource = resource.randomPick(&dice) }
    if thing != .nothing, dice.once(in: 4) { policies.resourceControl = [resourceControl] }
    if dice.once(in: 5) { policies.endpoint = endpoint.first }
    if thing == .key { policies.grants = dice.some(of: grants, 0...2) }
    return policies
  }
}

extension Array {
  fileprivate func randomPick(_ dice: inout Dice) -> Element? {
    isEmpty ? nil : self[dice.draw(count)]
  }
}
