import Narration

/// A name that the guide uses and that AWS does not have, or has for something else.
struct GuideName: Sendable {
  let name: String
  let says: String
  /// The claim that tries it.
  let claim: Int

  var page: Page {
    var page = Page()
    page.add(name, .heading)
    page.add(says)
    page.add("claim \(claim)   runs the experiment", .next)
    return page
  }

  static func named(_ text: String) -> GuideName? {
    table.first { $0.name.lowercased() == text.lowercased() }
  }

  static let table: [GuideName] = [
    GuideName(
      name: "AWSKinesisClientProvider",
      says:
        "Invented: no library of AWS has such a class. Clients of Kinesis keep no data keys; the "
        + "AWS Encryption SDK has a caching materials manager, for encryption on the client.",
      claim: 30),
    GuideName(
      name: "withKmsKeyId",
      says:
        "Invented: a client does not name the key of server-side encryption. The stream is set to "
        + "one, with start-stream-encryption.", claim: 30),
    GuideName(
      name: "UnauthorizedOperation",
      says:
        "A code of EC2. Kinesis answers AccessDeniedException, or KMSAccessDeniedException when "
        + "it was the key; KMS itself AccessDeniedException.", claim: 8),
    GuideName(
      name: "UserErrorCount",
      says:
        "A metric that KMS does not have. It exists in this lab under the model described only.",
      claim: 42),
    GuideName(
      name: "ThrottledCount",
      says:
        "A metric that KMS does not have. It exists in this lab under the model described only.",
      claim: 42),
    GuideName(
      name: "KMS detailed monitoring",
      says:
        "There is no such setting: AWS/Usage CallCount and AWS/KMS SuccessfulRequest are measured "
        + "by themselves.", claim: 41),
    GuideName(
      name: "aws/kinesis",
      says:
        "The alias of the AWS managed key is called alias/aws/kinesis; without the prefix it is no "
        + "identifier of a key.", claim: 12),
    GuideName(
      name: "CloudWatch Insights",
      says: "CloudWatch Logs Insights. It reads log groups, so a trail has to deliver to one.",
      claim: 39),
  ]
}
