"""The passphrase of a stack opens the secrets of its state, without pulumi."""

from __future__ import annotations

import json

import pytest

from drill.passphrase import SECRET_MARK, StackCipher
from operations.errors import OperationError
from operations.pull_request.offline.throw_away import ConfigCipher


@pytest.fixture(scope="module")
def encrypted() -> ConfigCipher:
    return ConfigCipher("canary-right")


def secret(text: str) -> dict[str, str]:
    return {SECRET_MARK: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": text}


def test_secrets_in_any_depth_are_opened(encrypted: ConfigCipher) -> None:
    cipher = StackCipher("state.json", encrypted.salt, "canary-right")
    state = {"outputs": [{"password": secret(encrypted.encrypt(json.dumps({"a": 1}))), "length": 4}]}

    assert cipher.decrypted(state) == {"outputs": [{"password": {"a": 1}, "length": 4}]}


def test_another_passphrase_is_refused(encrypted: ConfigCipher) -> None:
    with pytest.raises(OperationError, match=r"^The passphrase does not open state\.json\n") as raised:
        StackCipher("state.json", encrypted.salt, "canary-wrong")

    assert "canary" not in str(raised.value)


@pytest.mark.parametrize("salt", ["", "v1", "awskms://key", "v1:AAAA:v1:not base64:AA"])
def test_a_stack_without_a_passphrase_is_refused(salt: str) -> None:
    with pytest.raises(OperationError, match=r"state\.json has no salt of a passphrase"):
        StackCipher("state.json", salt, "canary-right")


def test_a_secret_of_another_stack_is_refused(encrypted: ConfigCipher) -> None:
    cipher = StackCipher("state.json", encrypted.salt, "canary-right")
    other = ConfigCipher("canary-right").encrypt(json.dumps("canary-value"))

    with pytest.raises(OperationError, match="A secret of the state cannot be decrypted") as raised:
        cipher.decrypted(secret(other))

    assert "canary" not in str(raised.value)
