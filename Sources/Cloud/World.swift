import Ciphers
import Values

/// Everything in the simulated account, as one value.
///
/// A world is data: it cannot print, read a file, or ask for the time. Copying it copies all of
/// it, which is the whole of undo and what-if; bulk data lies in shared chunks, so a copy is cheap.
package struct World: Sendable {
  /// The account whose call is being served; between calls the lab's own.
  package internal(set) var active = Account.home
  package var account: String { active.id }
  package let seed: UInt64
  package var model: Model
  /// When the lab's clock began.
  package let began: Instant
  package internal(set) var now: Instant
  package internal(set) var random: SeededGenerator
  package internal(set) var identities = IAM.State()
  package internal(set) var organization: Organizations.State
  package internal(set) var keys = KMS.State()
  package internal(set) var streams = Kinesis.State()
  package internal(set) var trails = CloudTrail.State()
  package internal(set) var buckets = S3.State()
  package internal(set) var logs = Logs.State()
  package internal(set) var metrics = Metrics.State()
  package internal(set) var timers = Timers()
  package internal(set) var meter = KMS.Meter()
  /// That of the account which is not active.
  var otherMeter = KMS.Meter()
  var controlMeter = ControlMeter()
  var otherControlMeter = ControlMeter()
  package internal(set) var quotas = ServiceQuotas.State()
  package internal(set) var endpoints = Endpoints.State()
  /// Requests a second to KMS in every Region, where the lab's quota was made smaller than AWS's, so that
  /// small loads meet it.
  package internal(set) var smallQuota: Int?
  /// Kinesis seals its own tokens (shard iterators) under this key; no caller ever sees it.
  let serviceKey: SecretKey
  /// CloudTrail's, for the signatures of digest files.
  package let digestKeys: CloudTrail.DigestKeys

  init(seed: UInt64, now: Instant, model: Model) {
    self.seed = seed
    self.now = now
    began = now
    self.model = model
    random = SeededGenerator(seed: seed)
    serviceKey = random.secretKey()
    digestKeys = CloudTrail.DigestKeys(seed: seed)
    organization = Organizations.State(account: Account.home.id)
  }

  /// What tells this world from another: folded along by each change, so that reading it costs
  /// the same for a full world as for an empty one.
  package var digest: Fingerprint {
    var digest = Fingerprint()
    digest.fold(seed)
    digest.fold(model.rawValue)
    digest.fold(now)
    random.fold(into: &digest)
    digest.fold(identities.digest.value)
    digest.fold(organization.digest.value)
    digest.fold(keys.digest.value)
    digest.fold(streams.digest.value)
    if trails.digest != Fingerprint() { digest.fold(trails.digest.value) }
    if buckets.digest != Fingerprint() { digest.fold(buckets.digest.value) }
    if logs.digest != Fingerprint() { digest.fold(logs.digest.value) }
    if metrics.digest != Fingerprint() { digest.fold(metrics.digest.value) }
    if quotas.digest != Fingerprint() { digest.fold(quotas.digest.value) }
    if endpoints.digest != Fingerprint() { digest.fold(endpoints.digest.value) }
    digest.fold(meter.admitted)
    if otherMeter.admitted > 0 { digest.fold(otherMeter.admitted) }
    if let smallQuota { digest.fold("quota \(smallQuota)") }
    streams.foldLibraryCaches(into: &digest)
    timers.fold(into: &digest)
    return digest
  }
}
