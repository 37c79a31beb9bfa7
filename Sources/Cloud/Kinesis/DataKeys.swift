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

  /// How long the guide's library keeps a data key, and for how many records.
  package struct LibraryCache: Hashable, Sendable {
    package var maxAge: Duration
    package var maxMessages: Int

    package init(maxAge: Duration, maxMessages: Int) {
      self.maxAge = maxAge
      self.maxMessages = maxMessages
    }
  }

  /// The data keys of one stream: those on the disk, wrapped, and those that Kinesis still remembers
  /// in the clear.
  package struct DataKeys: Sendable {
    package internal(set) var envelopes = EnvelopeLog()
    private var writing: [Writing] = []
    /// Where the keys of each session stand, once there are more than a few.
    private var writingPlaces: [Writer: Int] = [:]
    private static let few = 8
    private var reading: [Opened: Reading] = [:]
    /// So many opened keys are kept before those that are over are looked for. It follows their number,
    /// so that looking costs a fixed share of remembering.
    private var nextSweep = 4096

    private struct Writing: Sendable {
      var session: SessionID
      var keyID: String
      var until: Instant
      var envelope: Int32
      var key: SecretKey
      /// Records that it sealed, as far as a library counts them.
      var messages = 1
    }

    private struct Writer: Hashable, Sendable {
      var session: SessionID
      var keyID: String
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
      writingPlaces = [:]
      reading = [:]
    }

    /// The data key that a caller's credentials obtained for writing, if it may still be used.
    @inline(__always)
    func writing(_ session: SessionID, _ keyID: String, at now: Instant)
      -> (key: SecretKey, envelope: Int32)?
    {
      guard let place = place(of: session, keyID), now < writing[place].until else { return nil }
      return (writing[place].key, writing[place].envelope)
    }

    /// The same under a library's own limits; counts the record that it is for.
    mutating func reuse(
      _ session: SessionID, _ keyID: String, _ library: LibraryCache, at now: Instant
    ) -> (key: SecretKey, envelope: Int32)? {
      guard let place = place(of: session, keyID),
        now < writing[place].until - Limits.dataKeyLife + library.maxAge,
        writing[place].messages < library.maxMessages
      else { return nil }
      writing[place].messages += 1
      return (writing[place].key, writing[place].envelope)
    }

    @inline(__always)
    private func place(of session: SessionID, _ keyID: String) -> Int? {
      if writing.count > Self.few {
        return writingPlaces[Writer(session: session, keyID: keyID)]
      }
      return writing.firstIndex { $0.session == session && $0.keyID == keyID }
    }

    mutating func remember(
      _ key: SecretKey, _ envelope: Int32, for session: SessionID, _ keyID: String, at now: Instant
    ) {
      let entry = Writing(
        session: session, keyID: keyID, until: now + Limits.dataKeyLife, envelope: envelope,
        key: key)
      if let place = place(of: session, keyID) {
        writing[place] = entry
        return
      }
      // Looking for what is over costs a look at all of them: only where there are twice as many.
      if writing.count.nonzeroBitCount <= 1 { dropOver(now) }
      writing.append(entry)
      if writing.count == Self.few + 1 {
        index()
      } else if writing.count > Self.few {
        writingPlaces[Writer(session: session, keyID: keyID)] = writing.count - 1
      }
    }

    private mutating func dropOver(_ now: Instant) {
      writing.removeAll { $0.until <= now }
      index()
    }

    private mutating func index() {
      writingPlaces = [:]
      guard writing.count > Self.few else { return }
      for (place, entry) in writing.enumerated() {
        writingPlaces[Writer(session: entry.session, keyID: entry.keyID)] = place
      }
    }

    /// Until when a data key under a KMS key is remembered, for writing and for reading.
    package func remembered(under key: Int32, at now: Instant) -> (
      writing: Instant?, reading: Instant?
    ) {
      func isUnder(_ envelope: Int32) -> Bool { envelopes.key(of: Int(envelope)) == key }
      let writing = writing.filter { $0.until > now && isUnder($0.envelope) }.map(\.until).max()
      let reading = reading.filter { $0.value.until > now && isUnder($0.key.envelope) }
        .map(\.value.until).max()
      return (writing, reading)
    }

    /// Data keys that may still seal records of settings that name their key so: the slot of the KMS key
    /// that each lies under, and until when.
    func sealing(for names: [String], at now: Instant) -> [(key: Int32, until: Instant)] {
      var found: [(key: Int32, until: Instant)] = []
      for entry in writing where entry.until > now && names.contains(entry.keyID) {
        let key = envelopes.key(of: Int(entry.envelope))
        if let place = found.firstIndex(where: { $0.key == key }) {
          found[place].until = max(found[place].until, entry.until)
        } else {
          found.append((key, entry.until))
        }
      }
      return found.sorted { $0.key < $1.key }
    }

    func reading(
      _ session: SessionID, _ envelope: Int32, at now: Instant,
      within life: Duration = Limits.dataKeyLife
    ) -> SecretKey? {
      guard let entry = reading[Opened(session: session, envelope: envelope)],
        now < entry.until - Limits.dataKeyLife + life
      else { return nil }
      return entry.key
    }

    mutating func remember(
      _ key: SecretKey, opened envelope: Int32, for session: SessionID, at now: Instant
    ) {
      if reading.count >= nextSweep {
        reading = reading.filter { now < $0.value.until }
        nextSweep = max(4096, reading.count * 2)
      }
      reading[Opened(session: session, envelope: envelope)] = Reading(
        until: now + Limits.dataKeyLife, key: key)
    }
  }
}
