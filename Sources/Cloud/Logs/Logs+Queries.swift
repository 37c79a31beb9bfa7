import Ciphers
import Insights
import Policies
import Values

extension Logs {
  /// Runs a query over log groups. Simplified: it is complete when the call returns.
  ///
  /// Source: CloudWatch Logs API Reference, StartQuery.
  struct StartQuery: Operation {
    static let id = OperationID.startQuery
    var groups: [GroupReference]
    var start: Int
    var end: Int
    var text: String
    var limit: Int
    var language: String

    init(_ input: JSON) throws(ServiceError) {
      let names = input.optionalText("logGroupName").map { [$0] } ?? []
      let lists = input.texts("logGroupNames") + input.texts("logGroupIdentifiers")
      // A group that is named twice, by its name and by its ARN say, is read once.
      var seen: Set<String> = []
      groups = (names + lists).map { GroupReference(text: $0) }.filter {
        seen.insert($0.name).inserted
      }
      let given = ["logGroupName", "logGroupNames", "logGroupIdentifiers"].filter {
        input[$0] != nil
      }
      start = input.number("startTime") ?? 0
      end = input.number("endTime") ?? 0
      text = input.text("queryString")
      limit = input.number("limit") ?? 10_000
      language = input.optionalText("queryLanguage") ?? "CWLI"
      if given.count > 1 {
        throw Logs.invalid(
          "Only one of logGroupName, logGroupNames and logGroupIdentifiers may be given.")
      }
    }

    func validate() throws(ServiceError) {
      guard !groups.isEmpty else {
        throw Logs.invalid("A log group name or identifier is required.")
      }
      guard groups.count <= Limits.queryGroups else {
        throw Logs.invalid("A query takes at most \(Limits.queryGroups) log groups.")
      }
      guard language == "CWLI" else {
        throw Logs.invalid("\(language) is not simulated: the lab has the Logs Insights language.")
      }
      guard end >= start else {
        throw Logs.invalid("End time should not be less than start time.")
      }
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
      groups.first.map { $0.subject(call, in: world) } ?? .none
    }

    func others(_ call: Call, in world: World) throws(ServiceError) -> [Subject] {
      groups.dropFirst().map { $0.subject(call, in: world) }
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let query: InsightsQuery
      do throws(InsightsError) {
        query = try InsightsQuery(text)
      } catch {
        throw .malformedQuery(error, text)
      }
      let region = permit.call.region
      var found: [Group] = []
      for group in groups {
        guard let index = cloud.world.logs.index(named: group.name, in: region) else {
          throw Logs.noQueriedGroup(group.name, in: cloud.world, permit)
        }
        found.append(cloud.world.logs.groups[index])
      }
      let run = cloud.run(
        query, over: found, from: Instant(seconds: start), to: Instant(seconds: end, last: true),
        limit: limit)
      let id = cloud.world.random.uuid()
      cloud.world.logs.add(
        Query(
          id: id, text: text, group: found[0].name, created: cloud.world.now,
          caller: cloud.world.identities[permit.call.session].principal.arn, region: region,
          result: run.result, pointers: run.pointers, bytes: run.bytes, groups: found.count),
        now: cloud.world.now)
      return ["queryId": .string(id)]
    }
  }

  struct GetQueryResults: Operation {
    static let id = OperationID.getQueryResults
    var query: String

    init(_ input: JSON) throws(ServiceError) { query = input.text("queryId") }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      guard let query = cloud.world.logs.query(query, in: permit.call.region) else {
        throw .logs("ResourceNotFoundException", "Query \(query) does not exist.")
      }
      return query.json
    }
  }

  struct DescribeQueries: Operation {
    static let id = OperationID.describeQueries
    var group: String?
    var status: String?
    var page: Page

    init(_ input: JSON) throws(ServiceError) {
      group = input.optionalText("logGroupName")
      status = input.optionalText("status")
      page = try Page(input, limit: "maxResults", usual: 1000, token: "nextToken")
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      if let group {
        _ = try GroupReference(text: group).index(permit.call.region, in: cloud.world)
      }
      let queries = cloud.world.logs.queries.reversed().filter {
        $0.region == permit.call.region && (group == nil || $0.group == group)
          && (status == nil || status == "Complete")
      }
      return page.output(
        "queries",
        queries.map { query in
          [
            "queryLanguage": "CWLI", "queryId": .string(query.id),
            "queryString": .string(query.text), "status": "Complete",
            "createTime": .integer(Int(query.created.milliseconds)),
            "logGroupName": .string(query.group), "queryDuration": 0,
            "bytesScanned": .double(query.bytes), "userIdentity": .string(query.caller),
          ]
        })
    }
  }

  /// Every query has ended by the time that it could be stopped.
  struct StopQuery: Operation {
    static let id = OperationID.stopQuery
    var query: String

    init(_ input: JSON) throws(ServiceError) { query = input.text("queryId") }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      guard cloud.world.logs.query(query, in: permit.call.region) != nil else {
        throw .logs("ResourceNotFoundException", "Query \(query) does not exist.")
      }
      throw Logs.invalid(
        "The specified query \(query) has ended and cannot be stopped: its status is Complete.")
    }
  }
}

extension Logs.Query {
  /// Source: CloudWatch Logs API Reference, GetQueryResults. Assumed: a field that a row has not is left
  /// out of it.
  var json: JSON {
    let rows = result.rows.enumerated().map { place, row -> JSON in
      var fields: [JSON] = []
      for (name, value) in zip(result.columns, row) {
        guard let shown = value.shown else { continue }
        fields.append(["field": .string(name), "value": .string(shown)])
      }
      if place < pointers.count {
        fields.append(["field": "@ptr", "value": .string(pointers[place])])
      }
      return .array(fields)
    }
    return [
      "queryLanguage": "CWLI", "results": .array(rows),
      "statistics": [
        "recordsMatched": .double(Double(result.matched)),
        "recordsScanned": .double(Double(result.scanned)), "estimatedRecordsSkipped": .double(0),
        "bytesScanned": .double(bytes), "estimatedBytesSkipped": .double(0),
        "logGroupsScanned": .double(Double(groups)),
      ], "status": "Complete",
    ]
  }
}

extension Cloud {
  /// Runs a query over log groups, both ends of the time included.
  package func run(
    _ query: InsightsQuery, over groups: [Logs.Group], from start: Instant, to end: Instant,
    limit: Int = 10_000
  ) -> (result: InsightsResult, pointers: [String], bytes: Double) {
    let rows = GroupRows(groups, in: self, from: start, to: end)
    let result = query.run(over: rows, limit: limit, now: world.now)
    return (result, result.events.map { rows.pointer(of: $0) }, rows.bytes)
  }
}

extension Cloud {
  /// Runs a query over the management events of event history, of one Region or of all, each at the
  /// time of its call. What is older than event history goes back is left out.
  package func runOverHistory(
    _ query: InsightsQuery, from start: Instant, in region: Region? = nil
  ) -> InsightsResult {
    query.run(
      over: GroupRows(
        historyRows(from: max(start, world.now - CloudTrail.Limits.history), in: region), in: self),
      now: world.now)
  }
}

extension Instant {
  /// Seconds since 1970, or milliseconds where the number is as large as only they are.
  /// Source: CloudWatch Logs API Reference, StartQuery: seconds.
  fileprivate init(seconds: Int, last: Bool = false) {
    if seconds > 100_000_000_000 {
      self.init(milliseconds: Int64(seconds))
    } else {
      self.init(milliseconds: Int64(seconds) * 1000 + (last ? 999 : 0))
    }
  }
}
