"""Every recipient alone can decrypt a backup. A recipient that cannot is refused before anything is read."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.operations.backup.gpg import ADDRESS, Gpg
from tests.operations.backup.lab import KEY, BackupLab, plain_files


def test_age_ssh_and_openpgp_recipients_can_each_decrypt_every_part(homelab: BackupLab, gpg: Gpg) -> None:
    ssh = homelab.lab.folder / "ssh"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(ssh)], check=True)
    public = ssh.with_suffix(".pub").read_text().strip()

    ran = homelab.back_up(recipients=(homelab.recipient, public, ADDRESS))

    assert ran.code == 0, ran.text
    assert homelab.manifest()["recipients"] == [homelab.recipient, public, gpg.fingerprint]
    for options in (("--identity", homelab.identity), ("--identity", ssh), ()):
        verified = homelab.verify(homelab.backup(), *options)
        assert verified.code == 0, verified.text
        assert "ENCRYPTION_KEY opens it" in verified.out


def test_plain_gpg_decrypts_a_part(homelab: BackupLab, gpg: Gpg) -> None:
    homelab.back_up(recipients=(gpg.fingerprint,))

    assert {each.suffix for each in homelab.backup().iterdir()} == {".gpg", ".json"}
    file = homelab.backup() / "bootstrap.json.gpg"
    done = subprocess.run(["gpg", "--quiet", "--decrypt", str(file)], check=True, capture_output=True)
    assert json.loads(done.stdout)["infisicalEncryptionKey"] == KEY
    assert b"canary" not in plain_files(homelab.target)


@pytest.mark.parametrize(
    ("recipient", "found"),
    [
        ("age1nonsense", "age1nonsense: not a public key"),
        ("ssh-ed25519 AAAA", "not a public key of age or SSH"),
        ("nobody@example.net", "nobody@example.net: no such key"),
    ],
)
def test_an_unusable_recipient_is_refused(homelab: BackupLab, gpg: Gpg, recipient: str, found: str) -> None:
    ran = homelab.back_up(recipients=(homelab.recipient, recipient))

    assert ran.code == 2
    assert found in ran.err
    assert homelab.backups() == []
    assert homelab.lab.pulumi.arguments == []


def test_a_secret_key_in_place_of_a_recipient_is_not_shown(homelab: BackupLab) -> None:
    secret = homelab.identity.read_text().splitlines()[1]

    ran = homelab.back_up(recipients=(secret,))

    assert ran.code == 2
    assert "recipient 1 is a secret key" in ran.err
    assert secret not in ran.text


def test_an_address_of_two_keys_needs_a_fingerprint(homelab: BackupLab, gpg: Gpg) -> None:
    gpg.add(ADDRESS, "ed25519", "sign,cert", "never")
    assert homelab.back_up(recipients=(ADDRESS,)).code == 0, "a key that only signs is no recipient"
    gpg.add(f"Owner <{ADDRESS}>")

    ran = homelab.back_up(recipients=(ADDRESS,))

    assert ran.code == 2
    assert "several keys: " in ran.err
    assert gpg.fingerprint in ran.err


def test_an_address_means_exactly_this_address(homelab: BackupLab, gpg: Gpg) -> None:
    gpg.add(f"other-{ADDRESS}")

    homelab.back_up("--no-database", recipients=(ADDRESS,))

    assert homelab.manifest()["recipients"] == [gpg.fingerprint]
