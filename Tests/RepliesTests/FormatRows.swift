import Testing
import Values

@testable import Replies

/// Values and what the client prints for them, written down from its own formatters.
struct FormatRow: CustomTestStringConvertible, Sendable {
  var title: String
  var json: String
  var text: String
  var table: String
  var yaml: String
  var testDescription: String { "\(title): \(json.prefix(60))" }

  static let all: [FormatRow] = [
    .init(
      title: "ListKeys",
      json: #"""
        {"Keys": [{"KeyId": "1", "KeyArn": "arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012"}, {"KeyId": "22", "KeyArn": "arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-1234567890122"}]}
        """#,
      text:
        "KEYS\tarn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012\t1\nKEYS\tarn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-1234567890122\t22\n",
      table: #"""
        ---------------------------------------------------------------------------------------------
        |                                         ListKeys                                          |
        +-------------------------------------------------------------------------------------------+
        ||                                          Keys                                           ||
        |+--------------------------------------------------------------------------------+--------+|
        ||                                     KeyArn                                     | KeyId  ||
        |+--------------------------------------------------------------------------------+--------+|
        ||  arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012   |  1     ||
        ||  arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-1234567890122  |  22    ||
        |+--------------------------------------------------------------------------------+--------+|

        """#,
      yaml: #"""
        Keys:
        - KeyArn: arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012
          KeyId: '1'
        - KeyArn: arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-1234567890122
          KeyId: '22'

        """#),
    .init(
      title: "DescribeKey",
      json: #"""
        {"KeyMetadata": {"AWSAccountId": "123456789012", "KeyId": "12345678-1234-1234-1234-123456789012", "Arn": "arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012", "CreationDate": "2026-01-05T09:00:00+00:00", "Enabled": true, "Description": "", "KeyUsage": "ENCRYPT_DECRYPT", "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"], "MultiRegion": false}}
        """#,
      text:
        "KEYMETADATA\t123456789012\tarn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012\t2026-01-05T09:00:00+00:00\t\tTrue\t12345678-1234-1234-1234-123456789012\tENCRYPT_DECRYPT\tFalse\nENCRYPTIONALGORITHMS\tSYMMETRIC_DEFAULT\n",
      table: #"""
        ---------------------------------------------------------------------------------------------------
        |                                           DescribeKey                                           |
        +-------------------------------------------------------------------------------------------------+
        ||                                          KeyMetadata                                          ||
        |+--------------+--------------------------------------------------------------------------------+|
        ||  AWSAccountId|  123456789012                                                                  ||
        ||  Arn         |  arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012   ||
        ||  CreationDate|  2026-01-05T09:00:00+00:00                                                     ||
        ||  Description |                                                                                ||
        ||  Enabled     |  True                                                                          ||
        ||  KeyId       |  12345678-1234-1234-1234-123456789012                                          ||
        ||  KeyUsage    |  ENCRYPT_DECRYPT                                                               ||
        ||  MultiRegion |  False                                                                         ||
        |+--------------+--------------------------------------------------------------------------------+|
        |||                                    EncryptionAlgorithms                                     |||
        ||+---------------------------------------------------------------------------------------------+||
        |||  SYMMETRIC_DEFAULT                                                                          |||
        ||+---------------------------------------------------------------------------------------------+||

        """#,
      yaml: #"""
        KeyMetadata:
          AWSAccountId: '123456789012'
          Arn: arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012
          CreationDate: '2026-01-05T09:00:00+00:00'
          Description: ''
          Enabled: true
          EncryptionAlgorithms:
          - SYMMETRIC_DEFAULT
          KeyId: 12345678-1234-1234-1234-123456789012
          KeyUsage: ENCRYPT_DECRYPT
          MultiRegion: false

        """#),
    .init(
      title: "ListStreams",
      json: #"""
        {"StreamNames": ["a", "bb", "orders"], "HasMoreStreams": false}
        """#,
      text: "False\nSTREAMNAMES\ta\nSTREAMNAMES\tbb\nSTREAMNAMES\torders\n",
      table: #"""
        -----------------------------
        |        ListStreams        |
        +-----------------+---------+
        |  HasMoreStreams |  False  |
        +-----------------+---------+
        ||       StreamNames       ||
        |+-------------------------+|
        ||  a                      ||
        ||  bb                     ||
        ||  orders                 ||
        |+-------------------------+|

        """#,
      yaml: #"""
        HasMoreStreams: false
        StreamNames:
        - a
        - bb
        - orders

        """#),
    .init(
      title: "DescribeStream",
      json: #"""
        {"StreamDescription": {"Shards": [{"ShardId": "shardId-000000000000", "HashKeyRange": {"StartingHashKey": "0", "EndingHashKey": "340282366920938463463374607431768211455"}, "SequenceNumberRange": {"StartingSequenceNumber": "49"}}], "StreamName": "orders", "EnhancedMonitoring": [{"ShardLevelMetrics": []}], "KeyId": null, "RetentionPeriodHours": 24}}
        """#,
      text:
        "STREAMDESCRIPTION\tNone\t24\torders\nSHARDS\tshardId-000000000000\nHASHKEYRANGE\t340282366920938463463374607431768211455\t0\nSEQUENCENUMBERRANGE\t49\n",
      table: #"""
        ----------------------------------------------------------------------
        |                           DescribeStream                           |
        +--------------------------------------------------------------------+
        ||                         StreamDescription                        ||
        |+-----------+----------------------------------+-------------------+|
        ||   KeyId   |      RetentionPeriodHours        |    StreamName     ||
        |+-----------+----------------------------------+-------------------+|
        ||  None     |  24                              |  orders           ||
        |+-----------+----------------------------------+-------------------+|
        |||                       EnhancedMonitoring                       |||
        |||                             Shards                             |||
        ||+----------------------------------------------------------------+||
        |||                             ShardId                            |||
        ||+----------------------------------------------------------------+||
        |||  shardId-000000000000                                          |||
        ||+----------------------------------------------------------------+||
        ||||                         HashKeyRange                         ||||
        |||+------------------------------------------+-------------------+|||
        ||||               EndingHashKey              |  StartingHashKey  ||||
        |||+------------------------------------------+-------------------+|||
        ||||  340282366920938463463374607431768211455 |  0                ||||
        |||+------------------------------------------+-------------------+|||
        ||||                      SequenceNumberRange                     ||||
        |||+--------------------------------------------------+-----------+|||
        ||||  StartingSequenceNumber                          |  49       ||||
        |||+--------------------------------------------------+-----------+|||

        """#,
      yaml: #"""
        StreamDescription:
          EnhancedMonitoring:
          - ShardLevelMetrics: []
          KeyId: null
          RetentionPeriodHours: 24
          Shards:
          - HashKeyRange:
              EndingHashKey: '340282366920938463463374607431768211455'
              StartingHashKey: '0'
            SequenceNumberRange:
              StartingSequenceNumber: '49'
            ShardId: shardId-000000000000
          StreamName: orders

        """#),
    .init(
      title: "GetCallerIdentity",
      json: #"""
        {"UserId": "AIDA", "Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/admin"}
        """#,
      text: "123456789012\tarn:aws:iam::123456789012:user/admin\tAIDA\n",
      table: #"""
        --------------------------------------------------------------------
        |                         GetCallerIdentity                        |
        +--------------+----------------------------------------+----------+
        |    Account   |                  Arn                   | UserId   |
        +--------------+----------------------------------------+----------+
        |  123456789012|  arn:aws:iam::123456789012:user/admin  |  AIDA    |
        +--------------+----------------------------------------+----------+

        """#,
      yaml: #"""
        Account: '123456789012'
        Arn: arn:aws:iam::123456789012:user/admin
        UserId: AIDA

        """#),
    .init(
      title: "X",
      json: #"""
        ["ACTIVE", "NONE", null]
        """#,
      text: "ACTIVE\tNONE\tNone\n",
      table: #"""
        ------------
        |     X    |
        +----------+
        |  ACTIVE  |
        |  NONE    |
        |  None    |
        +----------+

        """#,
      yaml: #"""
        - ACTIVE
        - NONE
        - null

        """#),
    .init(
      title: "X",
      json: #"""
        [["a", "b"], ["c", "d"]]
        """#,
      text: "a\tb\nc\td\n",
      table: #"""
        ------------
        |     X    |
        +----+-----+
        |  a |  b  |
        |  c |  d  |
        +----+-----+

        """#,
      yaml: #"""
        - - a
          - b
        - - c
          - d

        """#),
    .init(
      title: "X",
      json: #"""
        "ACTIVE"
        """#,
      text: #"""
        ACTIVE

        """#,
      table: #"""
        ---
        |X|
        +-+

        """#,
      yaml: #"""
        "ACTIVE"

        """#),
    .init(
      title: "X",
      json: #"""
        [[1, 2.5], [true, null]]
        """#,
      text: "1\t2.5\nTrue\tNone\n",
      table: #"""
        ------------------
        |        X       |
        +-------+--------+
        |  1    |  2.5   |
        |  True |  None  |
        +-------+--------+

        """#,
      yaml: #"""
        - - 1
          - 2.5
        - - true
          - null

        """#),
    .init(
      title: "X",
      json: #"""
        [{"a": 1}, {"b": 2}]
        """#,
      text: "1\t\n\t2\n",
      table: #"""
        ------------
        |     X    |
        +----+-----+
        |  a |  b  |
        +----+-----+
        |  1 |     |
        |    |  2  |
        +----+-----+

        """#,
      yaml: #"""
        - a: 1
        - b: 2

        """#),
    .init(
      title: "X",
      json: #"""
        {"a": {"b": {"c": {"d": 1}}}}
        """#,
      text: "C\t1\n",
      table: #"""
        ------------------
        |        X       |
        +----------------+
        ||       a      ||
        |+--------------+|
        |||      b     |||
        ||+------------+||
        ||||     c    ||||
        |||+----+-----+|||
        ||||  d |  1  ||||
        |||+----+-----+|||

        """#,
      yaml: #"""
        a:
          b:
            c:
              d: 1

        """#),
    .init(
      title: "X",
      json: #"""
        {"a": 1}
        """#,
      text: #"""
        1

        """#,
      table: #"""
        ------------
        |     X    |
        +----+-----+
        |  a |  1  |
        +----+-----+

        """#,
      yaml: #"""
        a: 1

        """#),
    .init(
      title: "X",
      json: #"""
        {}
        """#,
      text: "",
      table: "",
      yaml: #"""
        {}

        """#),
    .init(
      title: "X",
      json: #"""
        []
        """#,
      text: "",
      table: "",
      yaml: #"""
        []

        """#),
    .init(
      title: "X",
      json: #"""
        0
        """#,
      text: #"""
        0

        """#,
      table: "",
      yaml: #"""
        0

        """#),
    .init(
      title: "X",
      json: #"""
        {"Name": "日本語", "Title": "é"}
        """#,
      text: "日本語\té\n",
      table: #"""
        ---------------------
        |         X         |
        +---------+---------+
        |  Name   |  Title  |
        +---------+---------+
        |  日本語 |  é     |
        +---------+---------+

        """#,
      yaml: #"""
        Name: 日本語
        Title: é

        """#),
    .init(
      title: "GetKeyPolicy",
      json: #"""
        {"Policy": "{\n  \"Version\" : \"2012-10-17\",\n  \"Id\" : \"key-default-1\",\n  \"Statement\" : [ {\n    \"Sid\" : \"Enable IAM User Permissions\",\n    \"Effect\" : \"Allow\" } ]\n}", "PolicyName": "default"}
        """#,
      text:
        "{\n  \"Version\" : \"2012-10-17\",\n  \"Id\" : \"key-default-1\",\n  \"Statement\" : [ {\n    \"Sid\" : \"Enable IAM User Permissions\",\n    \"Effect\" : \"Allow\" } ]\n}\tdefault\n",
      table: #"""
        -----------------------------------------------------------------------------------------------------------------------------------------------------------------------
        |                                                                            GetKeyPolicy                                                                             |
        +------------+--------------------------------------------------------------------------------------------------------------------------------------------------------+
        |  Policy    |  {
          "Version" : "2012-10-17",
          "Id" : "key-default-1",
          "Statement" : [ {
            "Sid" : "Enable IAM User Permissions",
            "Effect" : "Allow" } ]
        }   |
        |  PolicyName|  default                                                                                                                                               |
        +------------+--------------------------------------------------------------------------------------------------------------------------------------------------------+

        """#,
      yaml: #"""
        Policy: "{\n  \"Version\" : \"2012-10-17\",\n  \"Id\" : \"key-default-1\",\n  \"Statement\"
          : [ {\n    \"Sid\" : \"Enable IAM User Permissions\",\n    \"Effect\" : \"Allow\"
          } ]\n}"
        PolicyName: default

        """#),
    .init(
      title: "X",
      json: #"""
        {"Message": "User: arn:aws:iam::123456789012:role/x is not authorized to perform: kms:Decrypt on resource: y because no identity-based policy allows it"}
        """#,
      text: #"""
        User: arn:aws:iam::123456789012:role/x is not authorized to perform: kms:Decrypt on resource: y because no identity-based policy allows it

        """#,
      table: #"""
        -----------------------------------------------------------------------------------------------------------------------------------------------------------
        |                                                                            X                                                                            |
        +---------+-----------------------------------------------------------------------------------------------------------------------------------------------+
        |  Message|  User: arn:aws:iam::123456789012:role/x is not authorized to perform: kms:Decrypt on resource: y because no identity-based policy allows it   |
        +---------+-----------------------------------------------------------------------------------------------------------------------------------------------+

        """#,
      yaml: #"""
        Message: 'User: arn:aws:iam::123456789012:role/x is not authorized to perform: kms:Decrypt
          on resource: y because no identity-based policy allows it'

        """#),
    .init(
      title: "X",
      json: #"""
        {"a": [[1], [2]], "b": [{"c": ["d"]}, {"c": ["e"], "f": 1}]}
        """#,
      text: "A\t1\nA\t2\nB\t\nC\td\nB\t1\nC\te\n",
      table: #"""
        -----------
        |    X    |
        +---------+
        ||   a   ||
        |+-------+|
        ||  1    ||
        ||  2    ||
        |+-------+|
        ||   b   ||
        |+-------+|
        ||   f   ||
        |+-------+|
        ||       ||
        |+-------+|
        |||  c  |||
        ||+-----+||
        |||  d  |||
        ||+-----+||
        ||   b   ||
        |+-------+|
        ||   f   ||
        |+-------+|
        ||  1    ||
        |+-------+|
        |||  c  |||
        ||+-----+||
        |||  e  |||
        ||+-----+||

        """#,
      yaml: #"""
        a:
        - - 1
        - - 2
        b:
        - c:
          - d
        - c:
          - e
          f: 1

        """#),
    .init(
      title: "X",
      json: #"""
        {"t": ["yes", "1.5", "0x1f", "null", "", "~", " a", "a: b", "#", "it's", "tab\there", "2026-01-05", "line\nbreak", "😀", "-", "- x", "a #b", "1_000", "=", "key:"]}
        """#,
      text:
        "T\tyes\nT\t1.5\nT\t0x1f\nT\tnull\nT\t\nT\t~\nT\t a\nT\ta: b\nT\t#\nT\tit's\nT\ttab\there\nT\t2026-01-05\nT\tline\nbreak\nT\t😀\nT\t-\nT\t- x\nT\ta #b\nT\t1_000\nT\t=\nT\tkey:\n",
      table:
        "------------------\n|        X       |\n+----------------+\n||       t      ||\n|+--------------+|\n||  yes         ||\n||  1.5         ||\n||  0x1f        ||\n||  null        ||\n||              ||\n||  ~           ||\n||   a          ||\n||  a: b        ||\n||  #           ||\n||  it's        ||\n||  tab\there    ||\n||  2026-01-05  ||\n||  line\nbreak  ||\n||  😀          ||\n||  -           ||\n||  - x         ||\n||  a #b        ||\n||  1_000       ||\n||  =           ||\n||  key:        ||\n|+--------------+|\n",
      yaml: #"""
        t:
        - yes
        - '1.5'
        - '0x1f'
        - 'null'
        - ''
        - '~'
        - ' a'
        - 'a: b'
        - '#'
        - it's
        - "tab\there"
        - '2026-01-05'
        - 'line

          break'
        - "\U0001F600"
        - '-'
        - '- x'
        - 'a #b'
        - '1_000'
        - '='
        - 'key:'

        """#),
  ]
}
