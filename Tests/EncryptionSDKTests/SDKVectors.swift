import Ciphers
import Testing
import Values

/// Messages written by the official SDK for Python, version 3.3.1, each in a process of its own through
/// `EncryptionSDKClient.encrypt` with a raw master key provider whose `provider_id` is "keyhole-tests":
/// the wrapping key of a name is the first 32 ("wide"), 24 ("middle") or 16 ("narrow") bytes of the
/// SHA-256 of the name; frame length 0 makes a single block; the commitment policy is
/// REQUIRE_ENCRYPT_REQUIRE_DECRYPT for suites that commit and FORBID_ENCRYPT_ALLOW_DECRYPT for the rest.
/// The other way round is a check by hand: `Tests/Conformance/open_with_sdk.py`.
struct SDKVector: CustomTestStringConvertible, Sendable {
  var suite: UInt16
  var frame: Int
  var text: String
  var context: [String: String]
  /// The wrapping keys, the first of which made the data key.
  var keys: [String]
  var message: String

  var testDescription: String {
    "suite \(String(suite, radix: 16)), frames of \(frame), under \(keys), \(text.utf8.count) bytes"
  }
  var bytes: [UInt8] { Base64.decode(message) ?? [] }

  static func key(_ name: String) -> [UInt8] {
    let length = ["wide": 32, "middle": 24, "narrow": 16][name] ?? 0
    return Array(Digest.sha256(Array(name.utf8)).prefix(length))
  }

  static let all: [SDKVector] = [
    SDKVector(
      suite: 0x0578, frame: 4096, text: "a record of the stream",
      context: ["purpose": "test", "stream": "orders"], keys: ["wide"],
      message: "AgV4ekRpmKIAUHbodFM9UmYQqEHbmGTDz1Lvw2A7wbFLyKkAfgADABVhd3MtY3J5cHRvLXB1Ymxp"
        + "Yy1rZXkAREFqb1kxSk9Ya0JnRVFVenFWL3dtOHJsU0ZmUXZjRHd6ZlZkOEdHVnZWTjAzTnMycFVp"
        + "TjdQWDB6dFN6RENxampWUT09AAdwdXJwb3NlAAR0ZXN0AAZzdHJlYW0ABm9yZGVycwABAA1rZXlo"
        + "b2xlLXRlc3RzABh3aWRlAAAAgAAAAAwX94U6ENfFSBDQy4gAMMiZmwLufj3p8/+38b5ZsAIPSUPC"
        + "WBIroTE/Xp7hGz/HtY+cwIlPhoeNP4kcRVGdBAIAABAAa433/ySooSRNhdv5q3aV7yhxHI5cvXp9"
        + "LaIErV0oMzWlnM5SQFiCcllQSU2zoDBx/////wAAAAEAAAAAAAAAAAAAAAEAAAAW7K7PftAIjMkf"
        + "UYGNNigVWFGQftCOfWWMdAnZaR2OdtYBZ/d3xY4AZzBlAjAA0ZCI84mnVe+SxyVGxoAmf7TprVR/"
        + "ACFbPp/+FYI4feA6dsV7Q1YXNFtzdrsDynYCMQCd1ncj7iGcEDp0d0bgyzyufmRO0g4MNMsBTlAW"
        + "H2/oa47T0XIDTK1paG8QVywowuI="),
    SDKVector(
      suite: 0x0578, frame: 0, text: "a record of the stream", context: [:], keys: ["wide"],
      message: "AgV4gQSh45TS5po/ZhB4OJVxSucGJ2N+O61LliuSpOTgN8QAXwABABVhd3MtY3J5cHRvLXB1Ymxp"
        + "Yy1rZXkAREEwaHl6RXdiNnRSd3RMZmowSW4zanhBZWtPMjUzUVA2b3p6RDR3VmtQdzRMTHJLUGMv"
        + "WVhFUnBvck1wLzJtckdoUT09AAEADWtleWhvbGUtdGVzdHMAGHdpZGUAAACAAAAADEN+MN1O2a3/"
        + "/SAQZQAw9KFkElqtnyesuJrAs64D/XRjKRMLfNfWrQ0d5fwPXyC+mrciiyyy1RK59FwpYg9dAQAA"
        + "AADDBvcAslnDO+kSn+J1VbKhzdxxYq9W+Q+PCRuisMpBs3NDyMeM7pDCZkpp9OokGi4AAAAAAAAA"
        + "AAAAAAEAAAAAAAAAFq4rarXMd1zdWAvQ9Y3a1IUlIOqWU7rUWOH5V034N8PMpSoK6vHzAGcwZQIx"
        + "AP1Af+sX4lu/sIMaTnS+kkhq7LKkyAS+728cMsr4ZLYCCS7OHBYb1Gdw/r42W06AlQIwMCgjCjk5"
        + "wD0odLRIdFNLkA8lDEe4SX+9fhY83MM9D9s7BPrba1w+dm9jxob/RUZt"),
    SDKVector(
      suite: 0x0478, frame: 128, text: String(repeating: "keyhole ", count: 20),
      context: ["a": "1"], keys: ["wide"],
      message: "AgR4JBzcLxsP+ySoU04sFvjixGMK4zVrbD4xcFLlors8TtwACAABAAFhAAExAAEADWtleWhvbGUt"
        + "dGVzdHMAGHdpZGUAAACAAAAADIRJI7CZ+BGJAcPb0wAwcsFwTCz1vxy5EnfUqc2S+8j2Nh/q7uo+"
        + "qPWavTCmcfUlR+MJ7ci5L5FRaxs1zXKaAgAAAIDNT6yHswO6DfG1MtIHlso0yl+WDj9+KFAztmN6"
        + "jZmW0xv1brPrm2LOK4D4aIkONdsAAAABAAAAAAAAAAAAAAABTCQrvEZTO2GnDx29QOMGogk+Ekrs"
        + "w+Ohfl4Scy1eFcNRJIoYN8wUZTeoaGhuJkgpo++BiiWVY4R9Z4jI5EGOXDr//ZoQmGfE3rTODDLT"
        + "i5hVqFuZ6P1EC51wwM/wjea1iHSGxr9RnHotSVQDc/MtUn1U/DiVXensH5dc6IZ+uE2rIFwqjzhL"
        + "zaCoS5yDG8Sg/////wAAAAIAAAAAAAAAAAAAAAIAAAAgqjYk9TWcfuyZK4gA+BDA3TwAGbNdmDsj"
        + "w8P6zJGEX+G0tPKnOjkU2XhIWyAJsURB"),
    SDKVector(
      suite: 0x0478, frame: 128, text: String(repeating: "keyhole.", count: 16), context: [:],
      keys: ["middle"],
      message: "AgR4uEpXhzh9ZxBk/iYmet0WIJphfr8TwcfH32Kg4nnqFlkAAAABAA1rZXlob2xlLXRlc3RzABpt"
        + "aWRkbGUAAACAAAAADG8JdqVkiH4gHsLEJQAw/UIFzMwUHUSX9lvtx57SELHBMJdMXVCVYSwEQPuR"
        + "bM/GWFf+Hc0L42dkLwP+ZgrCAgAAAICST855+eoVEJHQCpCKDvUctQNggbQ8bYPhLFOWWlP//S9C"
        + "xQpey++KWuIrVQMSoEUAAAABAAAAAAAAAAAAAAABOdQCnKvZKgvg50ue8bFMBSfFEBZW8S5QcnkS"
        + "2M9Yag/kGZTzh94cj6mG+ndScEUDiR/h0vPK8+loi0KstUno1jgYrHe04oYUqZzzpphugZQdfNfQ"
        + "40weMmOVK2sRTQPdZg8Fr1BoFpSXGfYPjq0i0rxnxU2IQVdMAv5nfAmDFHFw2mpahav1Rvl26P0z"
        + "ennI/////wAAAAIAAAAAAAAAAAAAAAIAAAAAP2DCjJbpZ8uKA/fjukomJA=="),
    SDKVector(
      suite: 0x0478, frame: 0, text: "one block", context: ["k": "v"], keys: ["narrow"],
      message: "AgR4oLCJjWtZVYl/PNTvdcw8zEKmv3S1GRa6vUIuLJ+9ia4ACAABAAFrAAF2AAEADWtleWhvbGUt"
        + "dGVzdHMAGm5hcnJvdwAAAIAAAAAMX+bQ9WRF/lPN9nZVADA4wPLwakQL/s03vssicQCcqo+pueoI"
        + "OwGGqenVgHhNGTMqLQdT9yK8bkM13bkMbeoBAAAAAAVgE6z4PJZcS98WJ2kyOF7MUzISXAXdKPC/"
        + "NK998E2dTpHmBx9lHWpzxug4e6vFcgAAAAAAAAAAAAAAAQAAAAAAAAAJFnTh8oeVfd8E4XIZzi71"
        + "NrRJjs2KK++oiQ=="),
    SDKVector(
      suite: 0x0478, frame: 4096, text: "two keys", context: ["k": "v"], keys: ["wide", "narrow"],
      message: "AgR4xArYoCYjKpJ54jl3wBJtseqlOyw8e9sBxSr3mxKt1VoACAABAAFrAAF2AAIADWtleWhvbGUt"
        + "dGVzdHMAGm5hcnJvdwAAAIAAAAAM2QBln0nh/i4OU8hDADDW5dek1Ea5J2wM6Y5vjOQ+3540RDWr"
        + "SUts9ghJj/NLspgeT/9V/3JLoniLX1Jvd4AADWtleWhvbGUtdGVzdHMAGHdpZGUAAACAAAAADHCy"
        + "N4/4lB438lQ8OwAwyDsdtid17GY6S2WxuB+urfQgAY09W6B2qLJVureCTJU4cfQsFZXt4Zhk3fmI"
        + "Ixy5AgAAEADgAoZTBAXUgaaszmaEvGE4PXxuAc7JBTFmsEcDVYUILUtJNSI3FZ9LyezSSz4flBL/"
        + "////AAAAAQAAAAAAAAAAAAAAAQAAAAi7z8qJelZcIkwbUU3OA2MwtGAMZ3RcSt8="),
    SDKVector(
      suite: 0x0378, frame: 4096, text: "an old suite", context: ["k": "v"], keys: ["wide"],
      message: "AYADeEk0rOqPnUeTUUvSXZ/OObwAZQACABVhd3MtY3J5cHRvLXB1YmxpYy1rZXkAREFzUytteTla"
        + "eGJEb1BuYkxGYXVWbDdLVm92RWdiS2VQQ2hHdGQ4ZXNiVjhkQnV2dmRJWXpmckxWeVBvcXRZTXNk"
        + "QT09AAFrAAF2AAEADWtleWhvbGUtdGVzdHMAGHdpZGUAAACAAAAADHhWaQ2/dRfAnZ/JFAAwYQIM"
        + "omSW4w23hj+fDifHeQ3Y+iKotW9ZsHmZs1HeIfDJRw3g+uKhdSi8aRQIp5AWAgAAAAAMAAAQAAAA"
        + "AAAAAAAAAAAAAFIhJKMP6U3kHw2dVK6RRG7/////AAAAAQAAAAAAAAAAAAAAAQAAAAzym5v5ySrS"
        + "D9wWbGmEcasuNO2B3tgJ/8ST/OmzAGcwZQIwBLGhILcp9IpF56Zk63jTe48AbtmkBHY0JBhfJt23"
        + "NK94T6+FIO5mClmwmQgWKebeAjEAu1C7ERJ4EF+/hivFwP4DhwDAWfzdxZJgoX7rFBcYKxwyu7wg"
        + "J1cUWhItWHbX8cdk"),
    SDKVector(
      suite: 0x0378, frame: 0, text: "an old suite, one block", context: [:], keys: ["wide"],
      message: "AYADeB1Qoq+PUCOPv/NXuvT3tmoAXwABABVhd3MtY3J5cHRvLXB1YmxpYy1rZXkAREF6TlBPckx6"
        + "TWpBV0JqcGJYWjkvcFBHVkpZRGs5Z2lKaWtKTnZySDhPNUszV3lrSU5jZi9Nbk10Y2FDNEVzakRN"
        + "Zz09AAEADWtleWhvbGUtdGVzdHMAGHdpZGUAAACAAAAADGSNcEQZrZYaJxXG9gAwOWCkpCLeXNgu"
        + "D//QjmfWdaklaN9/tA2xsyfJo89AFp4YoqNYcA/k66tCwzeD4MdHAQAAAAAMAAAAAAAAAAAAAAAA"
        + "AAAAAJZzfYCAeTLrKWUS/fyNWn8AAAAAAAAAAAAAAAEAAAAAAAAAF3H8PPGHDA2csp2ELy/lW7wp"
        + "epMtSHfBMEIFiOkpb/utuqJyTk5yQABnMGUCMQDQpUsI1uTQ1YDkLADk+uD+MJ7y2B/jc/3W/Orn"
        + "QnWLNNaj7qsosfx39Tjc7A/JwisCMBoZ67e7Alu/2bqNKzHprbTDkIkCQ9UUF3OxOYwqMppSIei4"
        + "G0aPAHEsst4wqgaBOg=="),
    SDKVector(
      suite: 0x0346, frame: 4096, text: "an old suite", context: ["k": "v"], keys: ["wide"],
      message: "AYADRprSooMdMRVD39GxvySXuOEAZQACABVhd3MtY3J5cHRvLXB1YmxpYy1rZXkAREFvZTRYMDRW"
        + "S3BlZ1haYXd3YTJmLzE0d1JlMDhtZG9LdzJQWW1XczNablBTOE8wMDZtUlFoQWF0enhkVXNPY0Vo"
        + "Zz09AAFrAAF2AAEADWtleWhvbGUtdGVzdHMAGHdpZGUAAACAAAAADI8ng72Zm9p5bTTmzwAoQxTF"
        + "YmSmeMzampYzPTrMNVUUz8M+ESVTQF/J4ehf/aIJ8V2fx3MG4wIAAAAADAAAEAAAAAAAAAAAAAAA"
        + "AAB49Xpwx7GehkOi2PFoEcVh/////wAAAAEAAAAAAAAAAAAAAAEAAAAMDeUrafffzG3IHrwjTrFD"
        + "cU/8TK6lzujZV/29MQBnMGUCMEco09o4KIqO0HOACMb8aI3MQM56PxfVUS7ewMibFfL3pGqtSC85"
        + "37N87JhQXHxdgQIxAJuAOkR6dQhQj8MqrIj1GeNb7Z0Ue0MdOA2s0rtGsAtVyZrcFW2/Hnbp44tD"
        + "ZPRU0Q=="),
    SDKVector(
      suite: 0x0214, frame: 4096, text: "an old suite", context: ["k": "v"], keys: ["wide"],
      message: "AYACFJbk9AxpkkHycktgpjhKiJ8ATQACABVhd3MtY3J5cHRvLXB1YmxpYy1rZXkALEEyVW1CbndW"
        + "VkxWVHRPZEM3N0N2U2w4U1NtaXZHTE4wVnI5dW5Pd1pWS3l5AAFrAAF2AAEADWtleWhvbGUtdGVz"
        + "dHMAGHdpZGUAAACAAAAADCGzq94I3IxWXCf4PwAgH0Zr2D4cxUl4aARjRwA9A6/LyfTphWx9gs22"
        + "dXEFZuMCAAAAAAwAABAAAAAAAAAAAAAAAAAAyhy6Tz67xWdL4WXiRV3ExP////8AAAABAAAAAAAA"
        + "AAAAAAABAAAADEggSeJAIv5/HlfN90OZ32xpqws1sQsWJai8BwkARzBFAiEAtSmQLt2lQpor31ZO"
        + "eZ9qmkWVgkZnyGwGWqMrDA9j0jkCIHSELo+eeEXnBa28JMbmWYJJFUEeWfiiFar+QnkTgoEc"),
    SDKVector(
      suite: 0x0178, frame: 4096, text: "an old suite", context: ["k": "v"], keys: ["wide"],
      message: "AYABeE1W0Rxz8O1jP+davwdUR2MACAABAAFrAAF2AAEADWtleWhvbGUtdGVzdHMAGHdpZGUAAACA"
        + "AAAADLLUQJmG2LLsVzJYdQAw6f65zE/8Pan/4oLEHtWzIsqJJZorCkaVuUWq5zQKUPHSKqaxpMRR"
        + "vObI58sqXVghAgAAAAAMAAAQAAAAAAAAAAAAAAAAADdvb+vBjSFPnTnAhlsYMSj/////AAAAAQAA"
        + "AAAAAAAAAAAAAQAAAAx29lBw+RXo4s+0+RG7QAZ+W8VszB4iXeB4GNjh"),
    SDKVector(
      suite: 0x0178, frame: 0, text: "an old suite, one block", context: [:], keys: ["wide"],
      message: "AYABeBPaAy6xLJb2Q2RlEBm/rmEAAAABAA1rZXlob2xlLXRlc3RzABh3aWRlAAAAgAAAAAxHDuT+"
        + "sg7weATHbdoAMJImuBXU2WTFQRoi6LZJgaCGw/DuutgOEPKswvhq8asNAsRBQRaMzwlzarlSpoIZ"
        + "IwEAAAAADAAAAAAAAAAAAAAAAAAAAAAgn9X2fMgNFKKMh02MQZq2AAAAAAAAAAAAAAABAAAAAAAA"
        + "ABdabpgmYsOxl3lhASqe3iWTJMYFNg4IOViL5ef2FVOGRFnr6LeOi4s="),
    SDKVector(
      suite: 0x0146, frame: 4096, text: "an old suite", context: ["k": "v"], keys: ["wide"],
      message: "AYABRqML6gAwrhnMVyX9uBWNwn4ACAABAAFrAAF2AAEADWtleWhvbGUtdGVzdHMAGHdpZGUAAACA"
        + "AAAADI9txlMJHmCHQjzkKQAo0wNSsXokrVF84JuOj/MJsQ3gMlGhDW+lFZ4K8wimf31NqU/L+Kag"
        + "PQIAAAAADAAAEAAAAAAAAAAAAAAAAADGA4wlBT0BPZ3iagD/XEcP/////wAAAAEAAAAAAAAAAAAA"
        + "AAEAAAAMKztR5gB9NXDHHcOd07v+VdFIKKRgMNidTzof/g=="),
    SDKVector(
      suite: 0x0114, frame: 4096, text: "an old suite", context: ["k": "v"], keys: ["wide"],
      message: "AYABFFqAHbxOk4DgBOWk5iP2p4oACAABAAFrAAF2AAEADWtleWhvbGUtdGVzdHMAGHdpZGUAAACA"
        + "AAAADDxhutjWU70/V1h7lgAg9+hTtbf1yS+xpuhAC8Me8HLTr+0MI8Cxbw9db4wEUdsCAAAAAAwA"
        + "ABAAAAAAAAAAAAAAAAAAEQrg/4//TPH5hexxIfOiuf////8AAAABAAAAAAAAAAAAAAABAAAADGZn"
        + "r3PZJ4t0+u8BkOEZVP8LphlYw444hqxkoTw="),
    SDKVector(
      suite: 0x0078, frame: 4096, text: "an old suite", context: ["k": "v"], keys: ["wide"],
      message: "AYAAeDyIqlC4NC9Pn/yWAR2b/+EACAABAAFrAAF2AAEADWtleWhvbGUtdGVzdHMAGHdpZGUAAACA"
        + "AAAADP/G2S+59gKuczFvDwAw1md7qeE05B/tgXfRcr2TVDSbjfLatvbwCPZKZq3fMh8pNSdq6npl"
        + "PiK8tTFGrL25AgAAAAAMAAAQAAAAAAAAAAAAAAAAAIWKVzliSnpmJZgkX99bxIX/////AAAAAQAA"
        + "AAAAAAAAAAAAAQAAAAy2bV8/9EGWc/eHb/96rqXqO6XMDyGBzWSYOn+c"),
    SDKVector(
      suite: 0x0046, frame: 4096, text: "an old suite", context: ["k": "v"], keys: ["wide"],
      message: "AYAARnBYlDjsYS+8YlEwPBQggo8ACAABAAFrAAF2AAEADWtleWhvbGUtdGVzdHMAGHdpZGUAAACA"
        + "AAAADCeFtfvxXCIQ+zZkYwAoesomz0luv/fDKV9EzbYT7mD3e7alTDBoJy5eb0CZ+3USE7SAz3jZ"
        + "NwIAAAAADAAAEAAAAAAAAAAAAAAAAACtnYltUyfJP19y8r1z4IMX/////wAAAAEAAAAAAAAAAAAA"
        + "AAEAAAAMtyjoLYoNJ5o/E+NVI3RksGGN9+1BsHol5xxIEA=="),
    SDKVector(
      suite: 0x0014, frame: 4096, text: "an old suite", context: ["k": "v"], keys: ["wide"],
      message: "AYAAFHW5TRCnxHqQoXMiJZbW3GUACAABAAFrAAF2AAEADWtleWhvbGUtdGVzdHMAGHdpZGUAAACA"
        + "AAAADAsujs95Mm+Be41pEQAg88W/X2kvj/2eH9cHnDkZ9dXJGdma/zK5A71yezCgVIkCAAAAAAwA"
        + "ABAAAAAAAAAAAAAAAAAAxQg36CartAtvsLau1pRhMv////8AAAABAAAAAAAAAAAAAAABAAAADNjg"
        + "wHls5xR1lEKIwqlWm+lxQrx8gBHnKgH0fLM="),
    SDKVector(
      suite: 0x0478, frame: 4096, text: "", context: [:], keys: ["wide"],
      message: "AgR4kLYGcazKV0AyYw2XjaVBwBsJ0pVPnKF9TtfdZrL5pEMAAAABAA1rZXlob2xlLXRlc3RzABh3"
        + "aWRlAAAAgAAAAAzYUdMqHShOig0/y4sAMJpSVFBNiw8mu4kHldhwXMpjCxKD5Z37woQmOLWUxVE3"
        + "hk32wGuyqmtMYY6tIN/GDQIAABAAUBerb9EnNgGyKBNN42sbs6g56VCy1uo6NB3KcBC1/qClPYKV"
        + "PEw72QzW92L2z3iT/////wAAAAEAAAAAAAAAAAAAAAEAAAAAW+UgbHRLVU+nCQn9f9AkTQ=="),
  ]
}
