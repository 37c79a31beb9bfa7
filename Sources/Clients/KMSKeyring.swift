import Ciphers
import Cloud
import EncryptionSDK
import Values

/// Data keys from KMS, asked for directly and as the caller.
///
/// Source: AWS Encryption SDK specification, AWS KMS keyring.
package struct KMSKeyring: Sendable {
  /// Identifiers of KMS keys: the first one makes data keys, the others wrap them, too. Reading takes
  /// only data keys that lie under one of these; with none, any key is tried.
  package var keys: [String]
  package var call: Call

  package init(keys: [String], call: Call) {
    self.keys = keys
    self.call = call
  }

  package func materials(
    _ suite: AlgorithmSuite, _ context: MessageContext, in cloud: inout Cloud
  ) throws(ClientError) -> EncryptionMaterials {
    let draft: EncryptionMaterials.Draft
    do throws(MessageError) {
      draft = try cloud.draw { (random: inout SeededGenerator) throws(MessageError) in
        try EncryptionMaterials.Draft(suite, context, random: &random)
      }
    } catch { throw .message(error) }
    let pairs = draft.context.pairs.map { ($0.key, $0.value) }
    guard let first = keys.first else { throw .message(.noDataKeys) }
    var dataKeys: [EncryptedDataKey] = []
    let dataKey: SecretKey
    do throws(ServiceError) {
      let made = try cloud.dataKey(under: first, bytes: suite.keyBytes, pairs, call)
      dataKey = made.plaintext
      dataKeys.append(made.inMessage)
      for key in keys.dropFirst() {
        dataKeys.append(try cloud.wrapped(dataKey, under: key, pairs, call).inMessage)
      }
    } catch { throw .service(error) }
    do throws(MessageError) {
      return try EncryptionMaterials(draft, dataKey: dataKey, dataKeys)
    } catch { throw .message(error) }
  }

  /// The first data key that KMS opens for the caller. Fails with the last refusal when none does.
  package func materials(for header: MessageHeader, in cloud: inout Cloud) throws(ClientError)
    -> DecryptionMaterials
  {
    let pairs = header.context.pairs.map { ($0.key, $0.value) }
    var refusal: ServiceError?
    for wrapped in header.dataKeys where wrapped.provider == EncryptedDataKey.kmsProvider {
      let name = String(decoding: wrapped.info, as: UTF8.self)
      guard keys.isEmpty || keys.contains(name) else { continue }
      do throws(ServiceError) {
        let key = try cloud.unwrapped(wrapped.ciphertext, under: name, pairs, call)
        return DecryptionMaterials(dataKey: key)
      } catch {
        refusal = error
      }
    }
    if let refusal { throw .service(refusal) }
    throw .message(.noDataKeyOpened(of: header.dataKeys.count))
  }
}

extension Cloud.WrappedKey {
  fileprivate var inMessage: EncryptedDataKey {
    EncryptedDataKey(
      provider: EncryptedDataKey.kmsProvider, info: Array(keyARN.utf8), ciphertext: blob)
  }
}

/// Why a client could not seal or open: a service refused, or the message is not what it should be.
package enum ClientError: Error, Sendable {
  case service(ServiceError)
  case message(MessageError)
}

/// A program that seals and opens records with the Encryption SDK, with or without a cache.
package struct SealingClient: Sendable {
  package private(set) var cache: MaterialsCache?
  /// The most messages that one of its data keys sealed.
  package var mostMessages: Int { cache.map(\.mostMessages) ?? (hasSealed ? 1 : 0) }
  private var hasSealed = false
  private let gcm = SharedGCM()

  package init(_ limits: MaterialsCache.Limits?) {
    cache = limits.map { MaterialsCache($0) }
  }

  /// A message of one record.
  package mutating func seal(
    _ plaintext: [UInt8], _ side: LoadPlan.ClientSide, _ call: Call, in cloud: inout Cloud
  ) throws(ServiceError) -> [UInt8] {
    let now = cloud.world.now
    do throws(ClientError) {
      let materials: EncryptionMaterials
      if let kept = cache?.encryption(side.suite, side.context, bytes: plaintext.count, at: now) {
        materials = kept
      } else {
        let keyring = KMSKeyring(keys: [side.key], call: call)
        materials = try keyring.materials(side.suite, side.context, in: &cloud)
        cache?.keep(materials, for: side.suite, side.context, bytes: plaintext.count, at: now)
      }
      hasSealed = true
      let id = cloud.draw { $0.bytes(count: side.suite.messageIDBytes) }
      do throws(MessageError) {
        return try MessageWriter.seal(plaintext, materials, messageID: id, with: gcm.value).bytes
      } catch { throw .message(error) }
    } catch {
      throw Self.serviceError(error)
    }
  }

  /// Nothing for what is no message, or not the message that was sealed.
  package mutating func open(
    _ message: [UInt8], _ side: LoadPlan.ClientSide, _ call: Call, in cloud: inout Cloud
  ) throws(ServiceError) -> [UInt8]? {
    guard let reader = try? MessageReader(message) else { return nil }
    let now = cloud.world.now
    let materials: DecryptionMaterials
    if let kept = cache?.decryption(reader.header, bytes: message.count, at: now) {
      materials = kept
    } else {
      do throws(ClientError) {
        materials = try KMSKeyring(keys: [], call: call).materials(for: reader.header, in: &cloud)
      } catch {
        guard case .service(let refusal) = error else { return nil }
        throw refusal
      }
      cache?.keep(materials, for: reader.header, bytes: message.count, at: now)
    }
    return try? reader.open(materials, with: gcm.value)
  }

  /// A load's own suite and context are good; what is left are refusals.
  private static func serviceError(_ error: ClientError) -> ServiceError {
    switch error {
    case .service(let error): error
    case .message: .recordDamaged(sequenceNumber: "")
    }
  }
}

/// One cipher context for all messages of a client; it holds nothing between two of them.
private final class SharedGCM: @unchecked Sendable {
  let value = DetachedGCM()
}
