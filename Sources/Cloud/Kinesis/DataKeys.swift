import Ciphers
import Values

extension Kinesis {
  /// A wrapped data key and the context that it and its records are bound to, as they lie beside the
  /// records on the disk.
  package struct Envelope: Sendable {
    /// Slot of the KMS key.
    package let key: Int32
    package internal(set) var blob: [UInt8]
    package internal(set) var context: [UInt8]
  }

  /// The data keys of one stream: those on the disk, wrapped, and those that Kinesis still remembers
  /// in the clear.
  package struct DataKeys: Sendable {
    package internal(set) var envelopes = AppendLog<Envelope>(
      firstCapacity: 8, largestCapacity: 131_072)
    private var writing: [Writing] = []
    private var reading: [Opened: Reading] = [:]
    /// So many opened keys are kept before those that are due are looked for.
    private static let remembered = 4096

    private struct Writing: Sendable {
      var session: SessionID
      var keyID: String
      var until: Instant
      var envelope: Int32
      var key: SecretKey
    }

    private struct Opened: Hashable, Sendable {
      var session: SessionID
      var envelope: Int32
    }

    private struct Reading: Sendable {
      var until: Instant
      var key: SecretKey
    }

    /// Lets go of all keys in the clear; the wrapped ones stay on the disk.
    mutating func forget() {
      writing = []
      reading = [:]
    }

    /// The data key that a caller's credentials obtained for writing, if it may still be used.
    func writing(_ session: SessionID, _ keyID: String, at now: Instant)
      -> (key: SecretKey, envelope: Int32)?
    {
      for entry in writing where entry.session == session && entry.keyID == keyID {
        return now < entry.until ? (entry.key, entry.envelope) : nil
      }
      return nil
    }

    mutating func remember(
      _ key: SecretKey, _ envelope: Int32, for session: SessionID, _ keyID: String, at now: Instant
    ) {
      let entry = Writing(
        session: session, keyID: keyID, until: now + Limits.dataKeyLife, envelope: envelope,
        key: key)
      if let place = writing.firstIndex(where: { $0.session == session && $0.keyID == keyID }) {
        writing[place] = entry
      } else {
        writing.removeAll { $0.until <= now }
        writing.append(entry)
      }
    }

    /// Until when a data key under a KMS key is remembered, for writing and for reading.
    package func remembered(under key: Int32, at now: Instant) -> (
      writing: Instant?, reading: Instant?
    ) {
      func isUnder(_ envelope: Int32) -> Bool { envelopes[Int(envelope)].key == key }
      let writing = writing.filter { $0.until > now && isUnder($0.envelope) }.map(\.until).max()
      let reading = reading.filter { $0.value.until > now && isUnder($0.key.envelope) }
        .map(\.value.until).max()
      return (writing, reading)
    }

    func reading(_ session: SessionID, _ envelope: Int32, at now: Instant) -> SecretKey? {
      guard let entry = reading[Opened(session: session, envelope: envelope)], now < entry.until
      else { return nil }
      return entry.key
    }

    mutating func remember(
      _ key: SecretKey, opened envelope: Int32, for session: SessionID, at now: Instant
    ) {
      if reading.count >= Self.remembered {
        reading = reading.filter { now < $0.value.until }
      }
      reading[Opened(session: session, envelope: envelope)] = Reading(
        until: now + Limits.dataKeyLife, key: key)
    }
  }
}
