"""What a backup contains: everything that a lost homelab needs, and nothing in the clear."""

from __future__ import annotations

import gzip
import json
import stat
from typing import Any

from infisical.api.secret_copies import FolderCopy, SecretCopy
from operations.values.access.server import Everything, Infisical
from tests.operations.backup.lab import (
    IN_A_FOLDER,
    IN_THE_DATABASE,
    SECRETS,
    STACK_FILE,
    VALUES,
    BackupLab,
    plain_files,
)
from tests.operations.encryption_key.fakes.administrator import PASSWORD
from tests.operations.encryption_key.postgres_pod import PASSWORD as SUPERUSERS


def test_a_backup_is_one_private_folder_with_a_manifest(homelab: BackupLab) -> None:
    ran = homelab.back_up()

    assert ran.code == 0, ran.text
    folder, manifest = homelab.backup(), homelab.manifest()
    parts = ["bootstrap.json", "values.json", "state.json", STACK_FILE, "database.sql.gz"]
    assert sorted(each.name for each in folder.iterdir()) == sorted(
        ["manifest.json", *(f"{part}.age" for part in parts)]
    )
    assert [*manifest["parts"]] == parts
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()} == {0o600}
    assert f"Written: {folder}" in ran.out


def test_the_values_that_infisical_cannot_hold_are_named_as_the_stack_config_sets_them(homelab: BackupLab) -> None:
    homelab.back_up()

    assert json.loads(homelab.opened("bootstrap.json")) == {**SECRETS, "infisicalAdminPassword": PASSWORD}


def test_the_passwords_of_a_separate_database_are_in_it(homelab: BackupLab) -> None:
    homelab.database = "separate"

    homelab.back_up("--no-database")

    found = json.loads(homelab.opened("bootstrap.json"))
    assert {name: found[name] for name in SECRETS} == SECRETS


def test_a_key_that_the_state_lacks_makes_the_backup_incomplete(homelab: BackupLab) -> None:
    state = homelab.state

    def without_the_secret(*, decrypted: bool) -> dict[str, Any]:
        found = state(decrypted=decrypted)
        del found["deployment"]["resources"][2]
        return found

    homelab.lab.patch.setattr(homelab, "state", without_the_secret)

    ran = homelab.back_up()

    assert ran.code == 1
    assert "infisicalAuthSecret: not in the stack's state" in ran.out


def test_all_values_of_the_environment_are_in_it_declared_or_not(homelab: BackupLab) -> None:
    homelab.back_up()

    found = json.loads(homelab.opened("values.json"))
    assert {each["key"]: each["value"] for each in found["secrets"]} == {**VALUES, **IN_A_FOLDER}
    assert {each["secretPath"] for each in found["secrets"]} == {"/", "/apps"}
    assert (found["project"], found["environment"], found["folders"]) == ("homelab", "prod", ["/", "/apps"])


def test_import_values_reads_the_values(homelab: BackupLab) -> None:
    homelab.back_up()
    file = homelab.lab.write("values.json", homelab.opened("values.json").decode())

    ran = homelab.lab.run_json("import-values", file, "--to", "infisical", "--dry-run")

    equal = {each["key"] for each in ran["values"] if each["result"] == "equal"}
    assert equal == {"WEB_TOKEN", "WEB_KEY"}


def test_the_state_keeps_its_secrets_encrypted(homelab: BackupLab) -> None:
    homelab.back_up()

    assert json.loads(homelab.opened("state.json")) == homelab.state(decrypted=False)
    assert homelab.opened(STACK_FILE) == (homelab.lab.project / STACK_FILE).read_bytes()


def test_the_dump_can_be_restored(homelab: BackupLab) -> None:
    homelab.back_up()
    pod = homelab.pod
    pod.ask("DROP TABLE secrets, kms_root_config", database="infisicalDB")

    pod.server.execute('\\c "infisicalDB"\n' + gzip.decompress(homelab.opened("database.sql.gz")).decode())

    assert pod.ask("SELECT count(*), min(value) FROM secrets", "infisicalDB") == [f"5000|{IN_THE_DATABASE}1"]


def test_no_value_is_shown_or_unencrypted(homelab: BackupLab) -> None:
    ran = homelab.back_up()

    shown = ran.text + homelab.pod.arguments.read_text() + "\n".join(homelab.lab.pulumi.arguments)
    for value in ("canary", PASSWORD, SUPERUSERS, *SECRETS.values()):
        assert value not in shown
        assert value.encode() not in plain_files(homelab.target)


def test_the_manifest_says_what_is_missing_and_why(homelab: BackupLab) -> None:
    with_another = {"name": "Development", "slug": "dev"}
    homelab.administrate("POST", "environments", **with_another)

    ran = homelab.back_up("--no-database")

    missing = {each["what"]: each["why"] for each in homelab.manifest()["missing"]}
    assert ran.code == 0
    assert missing["Infisical's database"] == "left out by --no-database"
    assert missing["the stack's passphrase"].startswith("it opens the state")
    assert missing["values of the environment dev"] == "not the store's environment"
    assert "not in git" in missing["the program"]
    assert "Infisical's database: left out by --no-database" in ran.out


def test_a_value_that_the_login_does_not_see_makes_the_backup_incomplete(homelab: BackupLab) -> None:
    seen = FolderCopy(
        (SecretCopy("WEB_KEY", "canary-web-key"),), ("/: imports from 2 other folders",), frozenset({"WEB_TOKEN"})
    )
    homelab.lab.patch.setattr(Infisical, "everything", lambda _: Everything("homelab", "prod", {"/": seen}, ()))

    ran = homelab.back_up()

    assert ran.code == 1
    assert "value of WEB_TOKEN at /: hidden from this login" in ran.out
    assert "/: imports from 2 other folders: not in the export of the values" in ran.out


def test_a_login_that_may_not_read_values_writes_no_backup(homelab: BackupLab) -> None:
    for name, value in homelab.lab.identity("describeSecret").items():
        homelab.lab.patch.setenv(name, value)

    ran = homelab.back_up()

    assert ran.code == 2
    assert "403" in ran.err
    assert homelab.backups() == []


def test_the_manifest_has_checksums_versions_and_recipients(homelab: BackupLab) -> None:
    homelab.back_up()

    manifest = homelab.manifest()
    assert manifest["stack"] == "homelab"
    assert manifest["recipients"] == [homelab.recipient]
    assert manifest["versions"]["infisical"] == "docker.io/infisical/infisical:v0.158.0"
    assert manifest["versions"]["chart"]
    assert manifest["key_opens_database"] == "yes"
    assert {name: each["bytes"] for name, each in manifest["files"].items()} == {
        each.name: each.stat().st_size for each in homelab.backup().glob("*.age")
    }
