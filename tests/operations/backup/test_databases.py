"""Which database is dumped, and with which password."""

from __future__ import annotations

from typing import Any

import pytest

from tests.operations.backup.lab import BackupLab

EXTERNAL = {"kind": "external", "secretName": "infisical-database", "secretKey": "DB_CONNECTION_URI"}
SEPARATE = {"kind": "separate", "postgresqlVersion": "18.1.13"}


@pytest.mark.parametrize("current", ["canary-postgres", "canary-superuser-of-the-pod"])
def test_a_separate_database_is_dumped_by_its_own_user(homelab: BackupLab, current: str) -> None:
    homelab.database = "separate"
    homelab.lab.declare(infisical={"database": SEPARATE})
    homelab.pod.server.execute(f"ALTER USER infisical PASSWORD '{current}'")
    homelab.pod.ask("ALTER TABLE secrets OWNER TO infisical", database="infisicalDB")
    homelab.pod.ask("ALTER TABLE kms_root_config OWNER TO infisical", database="infisicalDB")
    homelab.kubectl(pod_password="canary-superuser-of-the-pod")

    ran = homelab.back_up()

    assert ran.code == 0, ran.text
    assert homelab.manifest()["key_opens_database"] == "yes"
    assert "infisical-postgresql-0" in homelab.pod.arguments.read_text()
    assert "canary" not in homelab.pod.arguments.read_text()


def test_an_external_database_is_named_as_not_included(homelab: BackupLab) -> None:
    homelab.lab.declare(infisical={"database": EXTERNAL}, infisicalRedisUrl={"secure": "v1:x:y"})

    ran = homelab.back_up()

    assert ran.code == 0, ran.text
    assert "Infisical's database: homelab:infisical.database.kind is external" in ran.out
    assert not list(homelab.backup().glob("database*"))


def test_an_infisical_elsewhere_has_its_keys_elsewhere(homelab: BackupLab, monkeypatch: pytest.MonkeyPatch) -> None:
    provider = homelab.state(decrypted=True)["deployment"]["resources"][:1]
    state: Any = {"version": 3, "deployment": {"resources": provider}}
    monkeypatch.setattr(homelab, "state", lambda *, decrypted: state)
    homelab.lab.declare(infisical={"install": "none"}, infisicalAdminPassword={"secure": "v1:x:y"})

    ran = homelab.back_up()

    assert ran.code == 0, ran.text
    assert "ENCRYPTION_KEY and AUTH_SECRET: Infisical runs elsewhere" in ran.out
