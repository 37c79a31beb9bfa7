import API
import Cloud
import Glibc
import Insights
import Values
import Workbook

/// A journal, half of it puts, which event history does not have, half the data keys that they asked
/// for.
enum TrailWorkload {
  static func cloud(events: Int) -> (Cloud, Call) {
    var (cloud, stream, call) = PutWorkload.world(.described)
    let record = Kinesis.NewRecord(data: [65], partitionKey: "a")
    while cloud.journal.count < events {
      do throws(ServiceError) {
        try cloud.put(record, into: stream, call)
      } catch {
        cloud.advance(by: .seconds(4))
      }
    }
    if let admin = cloud.world.identities.session(ofProfile: "admin") { call.session = admin }
    return (cloud, call)
  }

  static let guideQuery = """
    fields @timestamp, userIdentity.principalId, eventName, errorCode
    | filter eventSource = "kms.amazonaws.com" and eventName = "GenerateDataKey"
    | stats count() as failures by errorCode
    """

  /// Seconds that one page of event history takes, and how many events it has.
  static func look(for name: String, _ value: String, in cloud: inout Cloud, _ call: Call) -> (
    Double, Int
  ) {
    guard let operation = API.Service.named("cloudtrail")?.operation(named: "LookupEvents") else {
      return (0, 0)
    }
    let input: JSON = [
      "LookupAttributes": [["AttributeKey": .string(name), "AttributeValue": .string(value)]]
    ]
    var found = 0
    let time = best(of: 5) {
      do throws(ServiceError) {
        let reply = try cloud.call(operation, of: "cloudtrail", input, call)
        found = reply?["Events"]?.array?.count ?? 0
      } catch {
        print("lookup-events was refused: \(error.message)")
      }
    }
    return (time, found)
  }
}

/// What event history costs, in time and in memory.
func printTrail() {
  let events = 1_000_000
  var (cloud, call) = TrailWorkload.cloud(events: 2 * events)
  print("\nEvent history of \(events) events")
  let oldest = cloud.row(numbered: 1).map { cloud.eventID(of: $0) } ?? ""
  let asked = [
    ("EventName", "PutKeyPolicy"), ("EventName", "GenerateDataKey"), ("Username", "auditor"),
    ("AccessKeyId", "AKIANOBODY"), ("ReadOnly", "false"), ("EventId", oldest),
    ("ResourceName", "my-existing-stream"), ("ResourceType", "AWS::IAM::Role"),
  ]
  for (name, value) in asked {
    let (time, found) = TrailWorkload.look(for: name, value, in: &cloud, call)
    row(
      "lookup-events \(name)=\(value.prefix(20))", "\(short(time * 1000)) ms",
      "\(found) events; \(short(time / Double(events) * 1e9)) ns an event")
  }
  if let query = try? InsightsQuery(TrailWorkload.guideQuery) {
    var matched = 0
    let time = best(of: 3) {
      matched = cloud.runOverHistory(query, from: Instant(milliseconds: 0)).matched
    }
    row(
      "the guide's query over all of them", "\(short(time * 1000)) ms",
      "\(matched) matched; \(short(time / Double(events) * 1e9)) ns an event")
  }
  let bytes = Double(cloud.journal.footprint) / Double(cloud.journal.count)
  row("memory of one event", "\(short(bytes)) B", "chunks of the journal, unused room included")
  let start = now()
  cloud.advance(by: .seconds(300))
  row("delivery of all of them to a bucket", "\(short((now() - start) * 1000)) ms")
}
