import Clients
import EncryptionSDK
import Narration
import Values

/// The limits of a cache as `load` takes them: `max-age=60s,max-messages=1000`.
enum CacheOptions {
  static let names = ["max-age", "max-messages", "max-bytes", "capacity"]

  static func limits(_ text: String) throws(LoadOptions.Misuse) -> MaterialsCache.Limits {
    if text == "library" { return MaterialsCache.Limits(maxAge: .seconds(60)) }
    var age: Duration?
    var numbers: [String: Int] = [:]
    for part in text.split(separator: ",") {
      let name = String(part.prefix { $0 != "=" })
      let value = String(part.dropFirst(name.count + 1))
      guard names.contains(name) else {
        let near = NearNames.of(name, among: names)
        throw LoadOptions.Misuse(
          problem: "--cache has no \(JSON.quoted(String(part)))"
            + (near.isEmpty
              ? ": it takes \(names.joined(separator: ", "))" : "; did you mean \(near[0])=?"))
      }
      if name == "max-age" ? age != nil : numbers[name] != nil {
        throw LoadOptions.Misuse(problem: "\(name) is given twice in --cache")
      }
      if name == "max-age" {
        guard let found = LabDuration.parse(value), found > .zero else {
          throw LoadOptions.Misuse(
            problem: "max-age takes a time such as 60s or 5m, not \(JSON.quoted(value))")
        }
        age = found
        continue
      }
      let most = name == "max-messages" ? MaterialsCache.Limits.mostMessages : Int.max
      let least = name == "max-bytes" ? 0 : 1
      guard let number = Int(value), (least...most).contains(number) else {
        throw LoadOptions.Misuse(
          problem: "\(name) takes a number from \(least) to \(Number.grouped(most)), not "
            + JSON.quoted(value))
      }
      numbers[name] = number
    }
    guard let age else {
      throw LoadOptions.Misuse(
        problem: "--cache wants max-age: the Encryption SDK has no default for it; "
          + "max-age=60s is what samples show")
    }
    var limits = MaterialsCache.Limits(maxAge: age)
    limits.maxMessages = numbers["max-messages"] ?? limits.maxMessages
    limits.maxBytes = numbers["max-bytes"] ?? limits.maxBytes
    limits.capacity = numbers["capacity"] ?? limits.capacity
    return limits
  }
}
