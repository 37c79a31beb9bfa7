// swift-tools-version: 6.2
import PackageDescription

// One row a room: what it may know is what it lists, and the build refuses any other import.
let package = Package(
  name: "keyhole",
  products: [
    .executable(name: "keyhole", targets: ["keyhole"])
  ],
  targets: [
    .systemLibrary(
      name: "CLibCrypto", path: "Sources/CLibCrypto", pkgConfig: "libcrypto",
      providers: [.apt(["libssl-dev"])]),
    .systemLibrary(
      name: "CLibEdit", path: "Sources/CLibEdit", pkgConfig: "libedit",
      providers: [.apt(["libedit-dev"])]),
    .executableTarget(
      name: "EmbedFiles", path: "Sources/BuildHelpers/EmbedFiles", swiftSettings: settings()),
    .plugin(
      name: "EmbedPlugin", capability: .buildTool(), dependencies: ["EmbedFiles"],
      path: "Sources/BuildHelpers/EmbedPlugin"),

    room("Values", knows: []),
    room("Ciphers", knows: ["Values", "CLibCrypto"]),
    room("EncryptionSDK", knows: ["Values", "Ciphers"]),
    room("Policies", knows: ["Values"]),
    room("Insights", knows: ["Values"]),
    room("API", knows: ["Values"], embeds: true),
    room("Cloud", knows: ["Values", "Policies", "Ciphers", "Insights", "API"]),
    room("Clients", knows: ["Values", "Ciphers", "EncryptionSDK", "Policies", "Cloud"]),
    room("Commands", knows: ["Values", "API", "Cloud"]),
    room("Replies", knows: ["Values", "API"]),
    room(
      "Narration",
      knows: [
        "Values", "EncryptionSDK", "Policies", "Insights", "Cloud", "Clients", "Commands",
      ]),
    room("LessonLibrary", knows: [], path: "Lessons", embeds: true),
    room(
      "Workbook",
      knows: [
        "Values", "EncryptionSDK", "Policies", "Insights", "API", "Cloud", "Clients", "Commands",
        "Replies", "Narration", "LessonLibrary",
      ]),
    .executableTarget(
      name: "keyhole",
      dependencies: [
        "Values", "EncryptionSDK", "Cloud", "Clients", "Commands", "Narration", "Workbook",
        "CLibEdit",
      ],
      swiftSettings: settings(), linkerSettings: standalone()),
    .executableTarget(
      name: "keyhole-bench",
      dependencies: [
        "Values", "Policies", "API", "Cloud", "Clients", "Commands", "Insights", "Narration",
        "Workbook", "CLibCrypto",
      ],
      swiftSettings: settings()),

    tests("ValuesTests", of: ["Values"]),
    tests("CiphersTests", of: ["Ciphers", "Values"]),
    tests("EncryptionSDKTests", of: ["EncryptionSDK", "Ciphers", "Values"]),
    tests("PoliciesTests", of: ["Policies", "Values"], areQuick: true),
    tests("InsightsTests", of: ["Insights", "Values"]),
    tests("APITests", of: ["API", "Values"]),
    tests("CommandsTests", of: ["Commands", "API", "Values"]),
    tests("RepliesTests", of: ["Replies", "API", "Values"]),
    tests("CloudTests", of: ["Cloud", "Insights", "API", "Ciphers", "Policies", "Values"]),
    tests("ClientsTests", of: ["Clients", "Cloud", "EncryptionSDK", "Ciphers", "Values"]),
    tests("WorkbookTests", of: ["Workbook", "Narration", "Clients", "Cloud", "Values"]),
    tests("KeyholeTests", of: ["keyhole", "Narration"]),
  ],
  swiftLanguageModes: [.v6]
)

// Only for `.ci/fuzz`: the fuzzer brings a runtime of its own, and the rooms tell it their way.
let isFuzzed = Context.environment["KEYHOLE_FUZZ"] != nil
if isFuzzed {
  package.products.append(.executable(name: "keyhole-fuzz", targets: ["keyhole-fuzz"]))
  package.targets.append(
    .executableTarget(
      name: "keyhole-fuzz",
      dependencies: [
        "Values", "Ciphers", "EncryptionSDK", "Insights", "API", "Commands", "Replies",
      ],
      path: "Tests/Fuzz", exclude: ["Corpus"],
      swiftSettings: settings() + fuzzed() + [.unsafeFlags(["-parse-as-library"])],
      linkerSettings: [.unsafeFlags(["-sanitize=fuzzer"])]))
  for target in package.targets
  where ["Values", "EncryptionSDK", "Insights", "API", "Commands", "Replies"].contains(target.name)
  {
    target.swiftSettings = settings() + fuzzed()
  }
}

func fuzzed() -> [SwiftSetting] { [.unsafeFlags(["-sanitize=fuzzer"])] }

func settings() -> [SwiftSetting] {
  [
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("ExistentialAny"),
    .treatAllWarnings(as: .error),
  ]
}

/// The tests ask hundreds of thousands of questions: optimised rooms answer them in a quarter of the
/// time, and still build file by file.
func quick() -> [SwiftSetting] { [.unsafeFlags(["-O"], .when(configuration: .debug))] }

/// A release starts in half the time when it does not look for the Swift runtime first.
func standalone() -> [LinkerSetting] {
  [.unsafeFlags(["-static-stdlib"], .when(platforms: [.linux], configuration: .release))]
}

func room(
  _ name: String, knows rooms: [String], path: String? = nil, embeds: Bool = false
) -> Target {
  .target(
    name: name, dependencies: rooms.map { .byName(name: $0) }, path: path,
    exclude: embeds && path == nil ? ["Models"] : [],
    swiftSettings: settings() + quick(), plugins: embeds ? [.plugin(name: "EmbedPlugin")] : [])
}

/// Tests that themselves work out what a hundred thousand answers should be are optimised as well.
func tests(_ name: String, of rooms: [String], areQuick: Bool = false) -> Target {
  .testTarget(
    name: name, dependencies: rooms.map { .byName(name: $0) },
    swiftSettings: settings() + (areQuick ? quick() : []))
}
