import Ciphers
import Cloud
import EncryptionSDK
import Values

/// A program that seals and opens files with the Encryption SDK, under several wrapping keys of KMS and of
/// its own.
///
/// Source: AWS Encryption SDK Developer Guide, strict and discovery providers of AWS KMS keys.
package struct EncryptionClient: Sendable {
  package enum WrappingKey: Sendable {
    /// An identifier of a KMS key, and how it is asked for.
    case kms(String, Call)
    case raw(RawAESKeyring)
  }

  /// Opens under whatever KMS key a message names.
  package struct Discovery: Sendable {
    /// Accounts whose keys are tried; all of them when there is none.
    package var accounts: [String]
    package var partition: String?
    package var call: Call

    package init(accounts: [String], partition: String?, call: Call) {
      self.accounts = accounts
      self.partition = partition
      self.call = call
    }

    fileprivate func tries(_ arn: ARN) -> Bool {
      accounts.isEmpty || (accounts.contains(arn.account) && (partition ?? "aws") == arn.partition)
    }
  }

  /// Why there is no message, or no plaintext.
  package enum Failure: Error, Sendable {
    /// The first wrapping key made no data key, or another one did not wrap it.
    case generate(key: String, ServiceError)
    case wrap(key: String, ServiceError)
    /// No data key of the message was opened; what KMS said to each that was tried.
    case open([(key: String, ServiceError)])
    case message(MessageError)
  }

  /// The first one makes data keys; the others wrap them, too.
  package var keys: [WrappingKey]
  package var discoveries: [Discovery]
  package private(set) var cache: MaterialsCache?
  private let gcm = ClientCipher()

  package init(
    keys: [WrappingKey], discoveries: [Discovery] = [], cache limits: MaterialsCache.Limits? = nil
  ) {
    self.keys = keys
    self.discoveries = discoveries
    cache = limits.map { MaterialsCache($0) }
  }

  /// Whether it would ask KMS to open under that key, which a message names.
  package func discovers(_ key: ARN) -> Bool { discoveries.contains { $0.tries(key) } }

  // MARK: Writing

  package mutating func seal(
    _ plaintext: [UInt8], _ suite: AlgorithmSuite, _ context: MessageContext, frameLength: Int,
    in cloud: inout Cloud
  ) throws(Failure) -> SealedMessage {
    let now = cloud.world.now
    let materials: EncryptionMaterials
    if let kept = cache?.encryption(suite, context, bytes: plaintext.count, at: now) {
      materials = kept
    } else {
      materials = try newMaterials(suite, context, in: &cloud)
      cache?.keep(materials, for: suite, context, bytes: plaintext.count, at: now)
    }
    let id = cloud.draw { $0.bytes(count: suite.messageIDBytes) }
    do throws(MessageError) {
      return try MessageWriter.seal(
        plaintext, materials, messageID: id, frameLength: frameLength, with: gcm.value)
    } catch { throw .message(error) }
  }

  private func newMaterials(
    _ suite: AlgorithmSuite, _ context: MessageContext, in cloud: inout Cloud
  ) throws(Failure) -> EncryptionMaterials {
    let draft: EncryptionMaterials.Draft
    do throws(MessageError) {
      draft = try cloud.draw { (random: inout SeededGenerator) throws(MessageError) in
        try EncryptionMaterials.Draft(suite, context, random: &random)
      }
    } catch { throw .message(error) }
    guard let first = keys.first else { throw .message(.noDataKeys) }
    let pairs = draft.context.pairs.map { ($0.key, $0.value) }
    let dataKey: SecretKey
    var wrapped: [EncryptedDataKey] = []
    switch first {
    case .kms(let name, let call):
      do throws(ServiceError) {
        let made = try cloud.dataKey(under: name, bytes: suite.keyBytes, pairs, call)
        dataKey = made.plaintext
        wrapped.append(Self.inMessage(made))
      } catch { throw .generate(key: name, error) }
    case .raw(let keyring):
      dataKey = cloud.draw { $0.secretKey(count: suite.keyBytes) }
      wrapped.append(wrap(dataKey, keyring, draft.context, in: &cloud))
    }
    for key in keys.dropFirst() {
      switch key {
      case .kms(let name, let call):
        do throws(ServiceError) {
          wrapped.append(Self.inMessage(try cloud.wrapped(dataKey, under: name, pairs, call)))
        } catch { throw .wrap(key: name, error) }
      case .raw(let keyring):
        wrapped.append(wrap(dataKey, keyring, draft.context, in: &cloud))
      }
    }
    do throws(MessageError) {
      return try EncryptionMaterials(draft, dataKey: dataKey, wrapped)
    } catch { throw .message(error) }
  }

  private func wrap(
    _ dataKey: SecretKey, _ keyring: RawAESKeyring, _ context: MessageContext,
    in cloud: inout Cloud
  ) -> EncryptedDataKey {
    cloud.draw { keyring.wrap(dataKey, boundTo: context, random: &$0, with: gcm.value) }
  }

  private static func inMessage(_ key: Cloud.WrappedKey) -> EncryptedDataKey {
    EncryptedDataKey(
      provider: EncryptedDataKey.kmsProvider, info: Array(key.keyARN.utf8), ciphertext: key.blob)
  }

  // MARK: Reading

  package mutating func open(_ message: MessageReader, bytes: Int, in cloud: inout Cloud)
    throws(Failure) -> [UInt8]
  {
    let now = cloud.world.now
    let materials: DecryptionMaterials
    if let kept = cache?.decryption(message.header, bytes: bytes, at: now) {
      materials = kept
    } else {
      materials = try self.materials(for: message.header, in: &cloud)
      cache?.keep(materials, for: message.header, bytes: bytes, at: now)
    }
    do throws(MessageError) {
      return try message.open(materials, with: gcm.value)
    } catch { throw .message(error) }
  }

  /// Each encrypted data key in its order, and for each one the wrapping keys in theirs.
  private func materials(for header: MessageHeader, in cloud: inout Cloud) throws(Failure)
    -> DecryptionMaterials
  {
    let pairs = header.context.pairs.map { ($0.key, $0.value) }
    var refusals: [(key: String, ServiceError)] = []
    for wrapped in header.dataKeys {
      for keyring in keys {
        guard case .raw(let keyring) = keyring,
          let key = keyring.unwrap(
            [wrapped], of: header.suite, boundTo: header.context, with: gcm.value)
        else { continue }
        return DecryptionMaterials(dataKey: key)
      }
      for (name, call) in tried(wrapped) {
        do throws(ServiceError) {
          let key = try cloud.unwrapped(wrapped.ciphertext, under: name, pairs, call)
          return DecryptionMaterials(dataKey: key)
        } catch {
          refusals.append((name, error))
        }
      }
    }
    throw .open(refusals)
  }

  /// The KMS keys under which a data key may be opened: the one that it names, or a related multi-Region
  /// key that the client was given.
  private func tried(_ wrapped: EncryptedDataKey) -> [(String, Call)] {
    guard wrapped.provider == EncryptedDataKey.kmsProvider,
      let arn = ARN(String(decoding: wrapped.info, as: UTF8.self))
    else { return [] }
    var found: [(String, Call)] = []
    for case .kms(let name, let call) in keys {
      guard let own = ARN(name) else { continue }
      let isRelated =
        own.resource == arn.resource && own.account == arn.account
        && arn.resource.hasPrefix("key/mrk-")
      if own == arn || isRelated { found.append((name, call)) }
    }
    for discovery in discoveries where discovery.tries(arn) {
      var call = discovery.call
      call.region = Region(arn.region) ?? call.region
      found.append((arn.description, call))
    }
    return found
  }
}

/// One cipher context for all messages of a client; it holds nothing between two of them.
private final class ClientCipher: @unchecked Sendable {
  let value = DetachedGCM()
}
