"""Opens messages that Keyhole wrote with AWS's own SDK for Python: a check by hand, the other way
round from SDKVectors.swift. Wants `pip install aws-encryption-sdk`; no test runs it.

    python3 Tests/Conformance/open_with_sdk.py .build/debug/keyhole
"""
import base64, hashlib, os, subprocess, sys, tempfile
import aws_encryption_sdk as sdk
from aws_encryption_sdk.identifiers import CommitmentPolicy, EncryptionKeyType, WrappingAlgorithm
from aws_encryption_sdk.internal.crypto.wrapping_keys import WrappingKey
from aws_encryption_sdk.key_providers.raw import RawMasterKeyProvider

KEY = hashlib.sha256(b"keyhole").digest()


class OneKey(RawMasterKeyProvider):
    provider_id = "keyhole"

    def _get_raw_key(self, key_id):
        return WrappingKey(WrappingAlgorithm.AES_256_GCM_IV12_TAG16_NO_PADDING, KEY, EncryptionKeyType.SYMMETRIC)


def message(keyhole, text, options):
    lines = f"cat > key <<'END'\n{KEY.hex()}\nEND\ncat > text <<'END'\n{text}END\n" + (
        "aws-encryption-cli -e -i text -o - -S --encode -w provider=raw-aes namespace=keyhole key=one "
        f"key-file=key -c stream=orders {options}\n")
    with tempfile.TemporaryDirectory() as place:
        file = os.path.join(place, "lab")
        open(file, "w").write(lines)
        made = subprocess.run([keyhole, "run", file], capture_output=True, text=True,
                              env={**os.environ, "XDG_STATE_HOME": place})
    return base64.b64decode(made.stdout.split()[0])


def main(keyhole):
    provider = OneKey()
    provider.add_master_key("one")
    failed = 0
    for suite in ["AES_256_GCM_HKDF_SHA512_COMMIT_KEY", "AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384",
                  "AES_256_GCM_IV12_TAG16", "AES_256_GCM_IV12_TAG16_HKDF_SHA256",
                  "AES_256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384"]:
        commits = "COMMIT" in suite
        policy = "require-encrypt-require-decrypt" if commits else "forbid-encrypt-allow-decrypt"
        client = sdk.EncryptionSDKClient(
            commitment_policy=CommitmentPolicy[policy.upper().replace("-", "_")])
        for frame in [0, 128, 4096]:
            for text in ["", "hello\n", "a line\n" * 100]:
                sealed = message(keyhole, text, f"--algorithm {suite} --frame-length {frame} --commitment-policy {policy}")
                opened, header = client.decrypt(source=sealed, key_provider=provider)
                good = opened == text.encode() and header.encryption_context["stream"] == "orders"
                failed += not good
                print("ok  " if good else "FAIL", suite, "frames of", frame, len(text), "bytes")
    return failed


sys.exit(main(sys.argv[1]))
