import Values

extension KMS.Tag {
  /// The member `Tags` of a request.
  static func list(_ input: JSON) -> [KMS.Tag] {
    (input["Tags"]?.array ?? []).map {
      KMS.Tag(key: $0.text("TagKey"), value: $0.text("TagValue"))
    }
  }

  /// Fails as the service does for tags that no request may have.
  static func check(_ tags: [KMS.Tag]) throws(ServiceError) {
    if tags.contains(where: { $0.key.hasPrefix("aws:") }) {
      throw .kms(.tag, "Tags beginning with aws: are reserved")
    }
    guard Set(tags.map(\.key)).count == tags.count else { throw .kms(.tag, "Duplicate tag keys") }
    guard tags.count <= KMS.Limits.tags else { throw .kms(.tag, "Too many tags") }
  }

  /// Source: IAM User Guide, global condition keys.
  static func conditions(_ tags: [KMS.Tag]) -> [(key: String, values: [String])] {
    if tags.isEmpty { return [] }
    return tags.map { ("aws:RequestTag/\($0.key)", [$0.value]) }
      + [("aws:TagKeys", tags.map(\.key))]
  }

  var json: JSON { ["TagKey": .string(key), "TagValue": .string(value)] }
}

extension KMS {
  struct TagResource: KeyOperation {
    static let id = OperationID.tagKey
    var keyID: String
    var tags: [Tag]

    init(_ input: JSON) throws(ServiceError) {
      keyID = input.text("KeyId")
      tags = Tag.list(input)
    }

    func validate() throws(ServiceError) { try Tag.check(tags) }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      Tag.conditions(tags)
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      var all = cloud.world.keys[permit.key].tags
      for tag in tags {
        if let place = all.firstIndex(where: { $0.key == tag.key }) {
          all[place] = tag
        } else {
          all.append(tag)
        }
      }
      guard all.count <= Limits.tags else { throw .kms(.tag, "Too many tags") }
      let noted = tags.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
      cloud.world.keys.change(permit.key, noting: "tags \(noted)") { $0.tags = all }
    }
  }

  struct UntagResource: KeyOperation {
    static let id = OperationID.untagKey
    var keyID: String
    var names: [String]

    init(_ input: JSON) throws(ServiceError) {
      keyID = input.text("KeyId")
      names = (input["TagKeys"]?.array ?? []).compactMap(\.string)
    }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      names.isEmpty ? [] : [("aws:TagKeys", names)]
    }

    /// A tag that the key has not is no error.
    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let noted = names.joined(separator: ",")
      cloud.world.keys.change(permit.key, noting: "untag \(noted)") { key in
        key.tags.removeAll { names.contains($0.key) }
      }
    }
  }

  struct ListResourceTags: KeyOperation {
    static let id = OperationID.listKeyTags
    var keyID: String
    var page: Page

    init(_ input: JSON) throws(ServiceError) {
      keyID = input.text("KeyId")
      page = try Page(kms: input, usual: Limits.tags)
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      page.output("Tags", cloud.world.keys[permit.key].tags) { $0.json }
    }
  }
}
