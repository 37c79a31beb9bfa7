extension KMS {
  /// What a key's state means for an operation on it.
  enum StateOutcome: Hashable, Sendable {
    case allowed
    /// `DisabledException`: the key is disabled.
    case disabled
    /// `KMSInvalidStateException`: the key is pending deletion.
    case deleting
    /// `KMSInvalidStateException`: the key is not pending deletion.
    case notDeleting
    /// `KMSInvalidStateException`: the key is pending import.
    case importing
    /// `UnsupportedOperationException`: the key's origin is EXTERNAL.
    case external
    /// `KMSInvalidStateException`: the key is being made.
    case creating
    /// `KMSInvalidStateException`: the primary Region is being changed.
    case updating
  }

  /// One operation, and its outcome for a key in each state.
  struct StateRow: Sendable {
    var operation: String
    var enabled: StateOutcome
    var disabled: StateOutcome
    /// Also for a key that waits for its replicas to be deleted.
    var deleting: StateOutcome
    var importing: StateOutcome
    var creating: StateOutcome
    var updating: StateOutcome

    init(
      _ operation: String, _ enabled: StateOutcome, _ disabled: StateOutcome,
      _ deleting: StateOutcome, _ importing: StateOutcome, _ creating: StateOutcome,
      _ updating: StateOutcome
    ) {
      self.operation = operation
      self.enabled = enabled
      self.disabled = disabled
      self.deleting = deleting
      self.importing = importing
      self.creating = creating
      self.updating = updating
    }

    func outcome(_ state: KeyState) -> StateOutcome {
      switch state {
      case .enabled: enabled
      case .disabled: disabled
      case .pendingDeletion, .pendingReplicaDeletion: deleting
      case .pendingImport: importing
      case .creating: creating
      case .updating: updating
      // No identifier leads to a deleted key.
      case .gone: .deleting
      }
    }
  }

  /// Every operation that uses an existing key. An outcome that depends on the kind of key is
  /// `allowed` here, and the operation itself looks at the kind. Where AWS leaves open which of two
  /// errors a key pending deletion gives, this is the one that was observed.
  ///
  /// Source: AWS KMS Developer Guide, key states of AWS KMS keys; GetKeyLastUsage is not in it.
  static let stateTable: [StateRow] = [
    StateRow(
      "CancelKeyDeletion", .notDeleting, .notDeleting, .allowed, .notDeleting, .notDeleting,
      .notDeleting),
    StateRow("CreateAlias", .allowed, .allowed, .deleting, .allowed, .allowed, .allowed),
    StateRow("CreateGrant", .allowed, .disabled, .deleting, .importing, .creating, .allowed),
    StateRow("Decrypt", .allowed, .disabled, .deleting, .importing, .creating, .allowed),
    StateRow("DeleteAlias", .allowed, .allowed, .allowed, .allowed, .allowed, .allowed),
    StateRow(
      "DeleteImportedKeyMaterial", .allowed, .allowed, .allowed, .allowed, .creating, .updating),
    StateRow("DeriveSharedSecret", .allowed, .disabled, .deleting, .importing, .creating, .allowed),
    StateRow("DescribeKey", .allowed, .allowed, .allowed, .allowed, .allowed, .allowed),
    StateRow("DisableKey", .allowed, .allowed, .deleting, .importing, .creating, .updating),
    StateRow("DisableKeyRotation", .allowed, .disabled, .deleting, .external, .creating, .allowed),
    StateRow("EnableKey", .allowed, .allowed, .deleting, .importing, .creating, .updating),
    StateRow("EnableKeyRotation", .allowed, .disabled, .deleting, .external, .creating, .allowed),
    StateRow("Encrypt", .allowed, .disabled, .deleting, .importing, .creating, .allowed),
    StateRow("GenerateDataKey", .allowed, .disabled, .deleting, .importing, .creating, .allowed),
    StateRow(
      "GenerateDataKeyPair", .allowed, .disabled, .deleting, .importing, .creating, .allowed),
    StateRow(
      "GenerateDataKeyPairWithoutPlaintext", .allowed, .disabled, .deleting, .importing, .creating,
      .allowed),
    StateRow(
      "GenerateDataKeyWithoutPlaintext", .allowed, .disabled, .deleting, .importing, .creating,
      .allowed),
    StateRow("GenerateMac", .allowed, .disabled, .deleting, .importing, .creating, .allowed),
    StateRow("GetKeyLastUsage", .allowed, .allowed, .allowed, .allowed, .allowed, .allowed),
    StateRow("GetKeyPolicy", .allowed, .allowed, .allowed, .allowed, .allowed, .allowed),
    StateRow("GetKeyRotationStatus", .allowed, .allowed, .allowed, .external, .allowed, .allowed),
    StateRow(
      "GetParametersForImport", .allowed, .allowed, .deleting, .allowed, .creating, .updating),
    StateRow("GetPublicKey", .allowed, .allowed, .deleting, .allowed, .creating, .allowed),
    StateRow("ImportKeyMaterial", .allowed, .allowed, .deleting, .allowed, .creating, .allowed),
    StateRow("ListAliases", .allowed, .allowed, .allowed, .allowed, .allowed, .allowed),
    StateRow("ListGrants", .allowed, .allowed, .allowed, .allowed, .allowed, .allowed),
    StateRow("ListKeyPolicies", .allowed, .allowed, .allowed, .allowed, .allowed, .allowed),
    // Assumed: that imported keys are listed while they wait for material, whose state is in the answer.
    StateRow("ListKeyRotations", .allowed, .allowed, .deleting, .allowed, .allowed, .allowed),
    StateRow("ListResourceTags", .allowed, .allowed, .allowed, .allowed, .allowed, .allowed),
    StateRow("PutKeyPolicy", .allowed, .allowed, .allowed, .allowed, .allowed, .allowed),
    StateRow("ReEncrypt", .allowed, .disabled, .deleting, .importing, .creating, .allowed),
    StateRow("ReplicateKey", .allowed, .disabled, .deleting, .importing, .creating, .updating),
    StateRow("RetireGrant", .allowed, .allowed, .allowed, .allowed, .allowed, .allowed),
    StateRow("RevokeGrant", .allowed, .allowed, .allowed, .allowed, .allowed, .allowed),
    StateRow("RotateKeyOnDemand", .allowed, .disabled, .deleting, .importing, .creating, .allowed),
    StateRow("ScheduleKeyDeletion", .allowed, .allowed, .deleting, .allowed, .allowed, .updating),
    StateRow("Sign", .allowed, .disabled, .deleting, .importing, .creating, .allowed),
    StateRow("TagResource", .allowed, .allowed, .deleting, .allowed, .allowed, .allowed),
    StateRow("UntagResource", .allowed, .allowed, .deleting, .allowed, .allowed, .allowed),
    // For the key that the alias is to have; the one that it leaves may be in any state.
    StateRow("UpdateAlias", .allowed, .allowed, .deleting, .allowed, .allowed, .allowed),
    StateRow("UpdateKeyDescription", .allowed, .allowed, .deleting, .allowed, .allowed, .allowed),
    StateRow(
      "UpdatePrimaryRegion", .allowed, .disabled, .deleting, .importing, .creating, .allowed),
    StateRow("Verify", .allowed, .disabled, .deleting, .importing, .creating, .allowed),
    StateRow("VerifyMac", .allowed, .disabled, .deleting, .importing, .creating, .allowed),
  ]

  private static let rows: [OperationID: StateRow] = {
    var rows: [OperationID: StateRow] = [:]
    for row in stateTable {
      if let id = OperationID(rawValue: "kms:\(row.operation)") { rows[id] = row }
    }
    return rows
  }()

  static func stateRow(_ id: OperationID) -> StateRow? { rows[id] }
}

extension KMS.State {
  /// Fails when the state or the kind of a key forbids an operation on it.
  @inline(__always)
  func check(_ id: OperationID, on slot: Int32) throws(ServiceError) {
    // Enabled symmetric keys refuse one operation only, and are nearly all that is ever asked about.
    if self[slot].state == .enabled, self[slot].isSymmetric, id != .cancelKeyDeletion { return }
    try checkFully(id, on: slot)
  }

  private func checkFully(_ id: OperationID, on slot: Int32) throws(ServiceError) {
    let key = self[slot]
    switch KMS.stateRow(id)?.outcome(key.state) ?? .allowed {
    case .allowed: break
    case .disabled: throw .keyDisabled(key.arn)
    case .notDeleting: throw .keyNotPendingDeletion(key.arn)
    case .external: throw .keyOrigin(key.arn, .external)
    case .deleting, .importing, .creating, .updating: throw .keyInState(key.arn, key.state)
    }
    guard !key.isSymmetric, KMS.needsSymmetricKey(id) else { return }
    throw .keyUsage(
      key.arn, key.kind.usage == "ENCRYPT_DECRYPT" ? "spec" : "usage", key.kind, id.operation)
  }
}

extension KMS {
  /// The cryptographic operations that the lab performs, all with symmetric keys.
  static func needsSymmetricKey(_ id: OperationID) -> Bool {
    switch id {
    case .encrypt, .decrypt, .reEncrypt, .generateDataKey, .generateDataKeyWithoutPlaintext: true
    default: false
    }
  }

  /// Operations that take an alias for a key.
  /// Source: AWS KMS Developer Guide, key identifiers; AWS KMS API Reference.
  static func takesAlias(_ id: OperationID) -> Bool { needsSymmetricKey(id) || id == .describeKey }
}
