"""Credentials: each of the predecessor's variables has a key, is checked, must be encrypted, and is never shown."""

from __future__ import annotations

import base64
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from declaration import CREDENTIALS, DeclarationError, Problem
from declaration.site.credentials import check_credentials
from tests.declaration.stack_config import (
    ADMIN,
    ADMIN_IDENTITY,
    EARLIER,
    IDENTITY,
    OIDC,
    REDIS_URL,
    REPOSITORY,
    S3_LOGIN,
)

KEY_OF_VARIABLE = {
    "infisical_encryption_key": "infisicalEncryptionKey",
    "infisical_auth_secret": "infisicalAuthSecret",
    "infisical_postgres_password": "infisicalPostgresPassword",
    "infisical_redis_password": "infisicalRedisPassword",
    "infisical_machine_identity_client_id": "infisicalMachineIdentityClientId",
    "infisical_machine_identity_client_secret": "infisicalMachineIdentityClientSecret",
    "argocd_oidc_client_secret": "argocdOidcClientSecret",
    "argocd_repo_ssh_private_key": "argocdRepoSshPrivateKey",
    "homelab_repo_url": "homelabRepoUrl",
}
VALID = {**EARLIER, **IDENTITY, **ADMIN, **OIDC, **REPOSITORY, **REDIS_URL, **S3_LOGIN}
IN_CLEAR = "homelabRepoUrl"
SECRET_KEYS = sorted(set(VALID) - {IN_CLEAR})
PARTNERS = {
    "infisicalMachineIdentityClientId": "infisicalMachineIdentityClientSecret",
    "infisicalMachineIdentityClientSecret": "infisicalMachineIdentityClientId",
    "backupS3AccessKeyId": "backupS3SecretAccessKey",
    "backupS3SecretAccessKey": "backupS3AccessKeyId",
    "homelabRepoUrl": "argocdRepoSshPrivateKey",
    "argocdRepoSshPrivateKey": "homelabRepoUrl",
}

CHARACTERS = string.ascii_letters + string.digits + "!?+/=. \n"
# No text of a message has six of these in a row, so that a match is the value's.
UNLIKELY = "QXZJKVW0123456789"


def _problems(values: dict[str, object], *, in_clear: str | None = None) -> list[Problem]:
    return list(check_credentials(values, [key for key in values if key not in (IN_CLEAR, in_clear)]))


def _alone(key: str, value: object) -> dict[str, object]:
    """A value with the valid other half of its pair."""
    return {key: value} | {other: VALID[other] for other in [PARTNERS.get(key)] if other}


def test_each_variable_of_the_predecessor_has_its_key() -> None:
    assert set(KEY_OF_VARIABLE.values()) | {"infisicalRedisUrl", *ADMIN, *ADMIN_IDENTITY, *S3_LOGIN} == set(CREDENTIALS)


def test_valid_values_pass_together_and_without_any() -> None:
    assert _problems(dict(VALID)) == []
    assert _problems({}) == []


AT_THE_BORDER = [
    ("infisicalEncryptionKey", "0" * 32),
    ("infisicalEncryptionKey", "ABCDEFabcdef01234567890123456789"),
    ("infisicalAuthSecret", base64.b64encode(b"\xff" * 32).decode()),
    ("infisicalAuthSecret", base64.b64encode(b"\x00" * 64).decode()),
    ("infisicalPostgresPassword", "a" * 24),
    ("infisicalPostgresPassword", "aZ0._~-" * 4),
    ("infisicalRedisPassword", "0" * 200),
    ("infisicalRedisUrl", "redis://redis.infisical.svc:6379/0"),
    ("infisicalRedisUrl", "rediss://user:password@redis.example.net:6380"),
    ("homelabRepoUrl", "ssh://git@git.example.net:2222/me/homelab.git"),
    ("homelabRepoUrl", "git@github.com:me/homelab.git"),
    ("argocdRepoSshPrivateKey", "-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----"),
]
NOT_ALLOWED = [
    ("infisicalEncryptionKey", "0" * 31, "31 characters"),
    ("infisicalEncryptionKey", "0" * 33, "33 characters"),
    ("infisicalEncryptionKey", "0" * 31 + "\n", "32 characters, 1 of them not hexadecimal"),
    ("infisicalEncryptionKey", "0" * 31 + "g", "32 characters, 1 of them not hexadecimal"),
    ("infisicalEncryptionKey", "0" * 31 + "٣", "32 characters, 1 of them not hexadecimal"),
    (
        "infisicalEncryptionKey",
        base64.b64encode(b"\xff" * 32).decode(),
        "44 characters, 43 of them not hexadecimal",
    ),
    ("infisicalAuthSecret", base64.b64encode(b"\x00" * 31).decode(), "base64 of 31 bytes"),
    ("infisicalAuthSecret", "ä" * 44, "44 characters that are not base64"),
    ("infisicalAuthSecret", "A" * 43, "43 characters that are not base64"),
    ("infisicalAuthSecret", "A" * 44 + "\n", "45 characters that are not base64"),
    ("infisicalPostgresPassword", "a" * 23, "23 characters"),
    ("infisicalPostgresPassword", "a" * 23 + "@", "characters that must be escaped in a connection string"),
    ("infisicalRedisPassword", "a" * 24 + "\n", "characters that must be escaped in a connection string"),
    ("infisicalRedisPassword", "ä" * 24, "characters that must be escaped in a connection string"),
    ("infisicalRedisUrl", "redis.example.net:6379", "a string of another form"),
    ("infisicalRedisUrl", "redis://", "a string of another form"),
    ("infisicalRedisUrl", "redis://a b", "a string of another form"),
    ("infisicalRedisUrl", "redis://a\ufeff", "a string of another form"),
    ("infisicalAdminPassword", "\ufeffpassword-with-a-byte-order-mark", "a string with white space"),
    ("infisicalToken", "token\x1c", "a string with white space"),
    ("infisicalMachineIdentityClientId", "id\n", "a string with white space"),
    ("infisicalMachineIdentityClientSecret", "a b", "a string with white space"),
    ("infisicalAdminPassword", "a b", "a string with white space"),
    ("infisicalToken", "token\n", "a string with white space"),
    ("argocdOidcClientSecret", " secret", "a string with white space"),
    ("argocdRepoSshPrivateKey", "ssh-ed25519 AAAA me@laptop", "a string that is not a private key (lines: 1)"),
    ("homelabRepoUrl", "github.com/me/homelab", "a string of another form"),
]


@pytest.mark.parametrize(("key", "value"), AT_THE_BORDER, ids=[key for key, *_ in AT_THE_BORDER])
def test_a_value_at_its_limit_is_accepted(key: str, value: str) -> None:
    assert _problems(_alone(key, value)) == []


@pytest.mark.parametrize(("key", "value", "found"), NOT_ALLOWED, ids=[key for key, *_ in NOT_ALLOWED])
def test_a_wrong_value_is_described(key: str, value: str, found: str) -> None:
    (problem,) = _problems(_alone(key, value))

    assert (problem.path, problem.found) == (f"homelab:{key}", found)
    assert problem.expected == CREDENTIALS[key].expected
    assert f"homelab:{key}" in problem.fix


@pytest.mark.parametrize(
    "url",
    ["https://github.com/me/homelab.git", "https://me:QXZJKV0123@github.com/me/homelab.git"],
    ids=["without password", "with password"],
)
def test_a_repository_address_that_takes_no_key_is_refused(url: str) -> None:
    """An https address takes no private key, and a password in it would be unencrypted in the state."""
    (problem,) = _problems(_alone("homelabRepoUrl", url))

    assert problem.path == "homelab:homelabRepoUrl"
    assert "QXZJKV" not in str(problem)


@pytest.mark.parametrize("key", SECRET_KEYS)
def test_an_unencrypted_value_is_refused(key: str) -> None:
    (problem,) = _problems(_alone(key, VALID[key]), in_clear=key)

    assert problem.path == f"homelab:{key}"
    assert problem.found == "an unencrypted value"
    assert f"pulumi config set --secret homelab:{key}" in problem.fix
    assert VALID[key] not in str(problem)


@pytest.mark.parametrize("key", sorted(VALID))
def test_an_empty_value_is_refused_with_the_way_to_remove_it(key: str) -> None:
    problems = _problems({key: ""})

    assert [problem.path for problem in problems] == [f"homelab:{key}"]
    assert problems[0].found == "an empty string"
    assert f"pulumi config rm homelab:{key}" in problems[0].fix


@pytest.mark.parametrize("key", sorted(PARTNERS))
def test_half_of_a_pair_is_reported_at_the_missing_half(key: str) -> None:
    (problem,) = _problems({key: VALID[key]})

    assert problem.path == f"homelab:{PARTNERS[key]}"
    assert problem.found == "missing"
    assert f"pulumi config rm homelab:{key}" in problem.fix


def test_a_private_key_is_set_from_its_file() -> None:
    """Pulumi's prompt reads only one line."""
    (missing,) = _problems({"homelabRepoUrl": VALID["homelabRepoUrl"]})
    (wrong,) = _problems(_alone("argocdRepoSshPrivateKey", "x"))

    for problem in (missing, wrong):
        assert "pulumi config set --secret homelab:argocdRepoSshPrivateKey < " in problem.fix


def test_all_errors_are_reported_at_once() -> None:
    problems = check_credentials(dict.fromkeys(VALID, " "), [])

    assert {problem.path for problem in problems} == {f"homelab:{key}" for key in VALID}


@pytest.mark.parametrize("key", sorted(VALID))
@settings(max_examples=40)
@given(data=st.data())
def test_no_message_holds_six_characters_of_a_value(key: str, data: st.DataObject) -> None:
    value = data.draw(
        st.one_of(
            st.text(UNLIKELY, min_size=6, max_size=60),
            st.tuples(st.text(UNLIKELY, min_size=6), st.text(CHARACTERS, max_size=5)).map("".join),
            st.text(UNLIKELY, min_size=6).map(lambda text: f"redis://:{text}@host name"),
            st.text(UNLIKELY, min_size=6).map(lambda text: f"https://me:{text}@github.com/me/homelab.git"),
        )
    )

    problems = _problems({key: value}, in_clear=key)

    message = str(DeclarationError("Pulumi.homelab.yaml", problems))
    runs = {value[at : at + 6] for at in range(len(value) - 5) if set(value[at : at + 6]) <= set(UNLIKELY)}
    assert runs
    assert not [run for run in runs if run in message]
