import Values

extension Kinesis {
  /// How long Kinesis uses one data key under the documented model.
  package static let documentedDataKeyLife = Limits.dataKeyLife

  enum Limits {
    /// Length of a stream's own policy, in bytes.
    /// Source: Kinesis API Reference, PutResourcePolicy.
    static let resourcePolicy = 20_480

    /// Data and partition key of one record, in KiB: what a stream begins with, and what it may be set to.
    /// Source: Kinesis API Reference, CreateStream and UpdateMaxRecordSize.
    static let recordKibibytes = 1024...10240

    /// All records of one PutRecords, in bytes, keys included.
    /// Source: Kinesis API Reference, PutRecords.
    static let requestBytes = 10 * 1_048_576

    /// Data that one GetRecords returns at most, in bytes.
    /// Source: Kinesis API Reference, GetRecords.
    static let replyBytes = 10 * 1_048_576

    /// Records that one GetRecords returns at most.
    /// Source: Kinesis API Reference, GetRecords.
    static let replyRecords = 10_000

    /// What a shard takes in a second, partition keys included.
    /// Source: Kinesis Data Streams Developer Guide, quotas and limits.
    static let writing = Rate(bytes: 1_048_576, calls: 1_000)

    /// A PutRecord counts in whole units of so many bytes.
    /// Source: Kinesis Data Streams Developer Guide, quotas and limits.
    static let writeUnit = 1024

    /// What a shard gives in a second, to all who poll it, and how often.
    /// Source: Kinesis API Reference, GetRecords: after a reply of 10 MiB it rests for five seconds.
    static let reading = Rate(bytes: 2 * 1_048_576, calls: 5)

    /// Iterators that a shard gives in a second.
    /// Source: Kinesis API Reference, GetShardIterator.
    static let iterating = Rate(bytes: 1, calls: 5)

    /// How long a shard iterator may be used.
    /// Source: Kinesis API Reference, GetShardIterator.
    static let iteratorLife = Duration.seconds(300)

    /// How long a record can be read; a new stream has the least.
    /// Source: Kinesis API Reference, IncreaseStreamRetentionPeriod.
    static let retentionHours = 24...8760

    /// Source: Kinesis API Reference, UpdateShardCount: so many times in a rolling day.
    static let countChanges = 10
    static let targetShards = 10_000

    /// Source: Kinesis API Reference, UpdateStreamMode: so many times in a rolling day.
    static let modeChanges = 2
    static let day = Duration.seconds(24 * 3600)

    /// Source: Kinesis API Reference, DescribeLimits and CreateStream.
    static let onDemandStreams = 50
    static let onDemandShards = 4
    static let streamsInCreation = 5

    /// What an on-demand stream grows to, in MiB/s.
    /// Source: Kinesis Data Streams Developer Guide, quotas and limits.
    static let onDemandMebibytes = 200

    /// Source: Kinesis API Reference, RegisterStreamConsumer.
    static let consumers = 20
    static let consumersInCreation = 5

    /// Source: Kinesis API Reference, AddTagsToStream.
    static let tags = 50

    /// How long a token of a next page lasts.
    /// Source: Kinesis API Reference, ListShards.
    static let tokenLife = Duration.seconds(300)

    /// Successful starts (key changes too), and as many stops, in a rolling day.
    /// Source: Kinesis API Reference, StartStreamEncryption and StopStreamEncryption.
    static let encryptionChanges = 25
    static let encryptionWindow = Duration.seconds(24 * 3600)

    /// How long Kinesis uses one data key for a stream and a caller's credentials, under the
    /// documented model.
    /// Simplified: the service says "approximately"; here it is exact.
    /// Source: Kinesis Data Streams Developer Guide, costs of server-side encryption.
    static let dataKeyLife = Duration.seconds(300)

    /// Open shards of the account in a Region.
    /// Source: AWS General Reference, Amazon Kinesis Data Streams endpoints and quotas.
    static func shards(in region: Region) -> Int {
      switch region.description {
      case "us-east-1", "us-west-2", "eu-west-1": 20_000
      case "us-east-2", "ap-northeast-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
        "eu-central-1", "eu-west-3":
        6_000
      default: 1_000
      }
    }

    // Assumed: how long a change takes. The service says seconds to minutes.
    static let creation = Duration.seconds(10)
    static let deletion = Duration.seconds(10)
    static let firstSwitch = Duration.seconds(2)
    static let nextSwitch = Duration.seconds(1)
    static let resharding = Duration.seconds(10)
    static let setting = Duration.seconds(3)
    static let consumerChange = Duration.seconds(10)
    /// How long an on-demand stream takes to notice a new peak.
    static let scaling = Duration.seconds(15 * 60)
    static let settling = Duration.seconds(1)
  }
}
