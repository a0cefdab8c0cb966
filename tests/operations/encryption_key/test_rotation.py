"""A rotation changes ENCRYPTION_KEY and nothing else: all values and all Secrets of apps stay."""

from __future__ import annotations

import base64
import json

from tests.homelab.canaries import arguments_watched, forms
from tests.homelab.owner import Owner
from tests.operations.encryption_key.rotator import ADDITIONAL, Rotator, differences


def test_a_rotation_keeps_all_values_and_removes_the_old_key(rotator: Rotator) -> None:
    before, old, identity = rotator.content(), rotator.key(), rotator.homelab.object("clustersecretstore", "infisical")

    with arguments_watched() as arguments:
        rotator.rotate()

    new = rotator.key()
    assert len(new) == 32
    assert new != old
    assert rotator.kept_key() == new
    assert differences(rotator.content(), before) == []
    assert set(rotator.ready().values()) == {"True"}
    assert not rotator.is_paused()
    assert rotator.homelab.object("clustersecretstore", "infisical")["metadata"]["uid"] == identity["metadata"]["uid"]
    rotator.homelab.run("preview", "--expect-no-changes")
    rotator.homelab.run("preview", "--refresh", "--expect-no-changes")
    assert _holders(rotator, old) == []
    _assert_hidden(rotator, {*rotator.keys, *_values(rotator)}, arguments)
    assert not rotator.cluster.argocd.infisical.log.read_text().count(new)


def test_the_old_database_is_set_aside_under_the_id_of_the_rotation(rotator: Rotator) -> None:
    aside = sorted(rotator.cluster.argocd.infisical.data.glob("infisical.db.*"))

    assert rotator.cluster.argocd.infisical.data / f"infisical.db.{rotator.journal()['id']}" in aside


def test_only_their_owner_can_read_the_files(rotator: Rotator) -> None:
    files = [path for path in rotator.folder.rglob("*") if path.is_file()]

    # A kill during a write leaves a draft, whose name starts with a dot.
    names = {path.name for path in files if not path.name.startswith(".")}
    assert names == {"lock", "journal.json", "export.json", "state.json", "commands.log"}
    assert {path.stat().st_mode & 0o077 for path in files} == {0}


def test_a_completed_rotation_cannot_be_undone(rotator: Rotator) -> None:
    undo = rotator.run("--undo")

    assert undo.code == 1
    assert "there is nothing to undo" in undo.output


def test_the_status_shows_every_step_done(rotator: Rotator) -> None:
    status = rotator.run("--status")

    assert status.code == 0
    assert "completed" in status.output
    assert status.output.count("  done ") == 12


def _values(rotator: Rotator) -> set[str]:
    additional = {value for values in ADDITIONAL.values() for value in values.values()}
    owner = Owner(rotator.homelab)
    passphrase = rotator.homelab.workspace.passphrase.read_text().strip()
    return {value for value in additional | set(owner.values().values()) if len(value) >= 10} | {passphrase}


def _holders(rotator: Rotator, key: str) -> list[str]:
    """The objects of the cluster that contain a key, plain or in base64."""
    kinds = rotator.cluster.kubectl.run("api-resources", "--verbs=list", "--output=name").split()
    encoded = base64.b64encode(key.encode()).decode()
    return [
        f"{kind} {item['metadata']['name']}"
        for kind in kinds
        for item in json.loads(rotator.cluster.kubectl.run("get", kind, "--all-namespaces", "--output=json"))["items"]
        if key in json.dumps(item) or encoded in json.dumps(item)
    ]


def _assert_hidden(rotator: Rotator, values: set[str], arguments: set[str]) -> None:
    places = {"output": "\n".join(rotator.said), "arguments": "\n".join(arguments)}
    places |= {path.name: path.read_text() for path in rotator.folder.rglob("*") if path.is_file()}
    for value in values:
        for form in forms(value):
            for place, text in places.items():
                # Not `form in text` in an assertion: a failure must not show the value either.
                shown = text.count(form)
                assert shown == 0, f"a secret value of {len(value)} characters is in {place}, {shown} times"
