import Cloud
import Narration
import Testing
import Values

@testable import Workbook

/// Records that the client sealed, in the story of the put.
@Suite struct ClientSealTests {
  private func workbook() -> Workbook {
    var workbook = Workbook()
    for line in [
      "aws kinesis create-stream --stream-name orders --shard-count 1",
      "aws kinesis wait stream-exists --stream-name orders",
      "aws kms create-alias --alias-name alias/orders --target-key-id \(StartNames.keyID)",
      "printf 'card 4929-1111' > card.txt",
    ] { _ = workbook.feed(line) }
    return workbook
  }

  @Test func whatKMSSealedIsNotReadableWithoutAKey() {
    var workbook = workbook()
    _ = workbook.feed(
      "SEALED=$(aws kms encrypt --key-id alias/orders --plaintext fileb://card.txt --query "
        + "CiphertextBlob --output text)")
    let put = workbook.feed(
      "aws kinesis put-record --stream-name orders --partition-key 7 --data $SEALED")
    #expect(
      put.page.text.contains("what kms encrypt gave, sealed by the client and not by Kinesis"))
  }

  @Test func aMessageOfTheEncryptionSDKIsNotInTheClear() {
    var workbook = workbook()
    let sealed = workbook.feed(
      "aws-encryption-cli --encrypt --suppress-metadata --wrapping-keys "
        + "key=arn:aws:kms:us-east-1:123456789012:key/\(StartNames.keyID) --input card.txt "
        + "--output card.sealed --encryption-context purpose=orders")
    #expect(sealed.status == 0)
    let put = workbook.feed(
      "aws kinesis put-record --stream-name orders --partition-key 7 --data fileb://card.sealed")
    #expect(
      put.page.text.contains("a message of the AWS Encryption SDK, sealed by the client and not"))
  }

  @Test func plainTextStaysPlain() {
    var workbook = workbook()
    let put = workbook.feed(
      "aws kinesis put-record --stream-name orders --partition-key 7 --data fileb://card.txt")
    #expect(put.page.text.contains("14 bytes in the clear"))
    #expect(workbook.feed("xray orders").reply.contains("readable without any key: everything"))
  }
}
