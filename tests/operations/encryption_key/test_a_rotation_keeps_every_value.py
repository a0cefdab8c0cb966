"""A rotation changes ENCRYPTION_KEY and nothing else: every value is where it was, and every app has its Secret."""

from __future__ import annotations

import base64
import json

from tests.homelab.canaries import arguments_watched, forms
from tests.homelab.owner import Owner
from tests.operations.encryption_key.rotating import BESIDE, Rotating, difference


def test_every_value_is_kept_and_the_old_key_is_gone(rotating: Rotating) -> None:
    before, old, identity = rotating.held(), rotating.key(), rotating.homelab.object("clustersecretstore", "infisical")

    with arguments_watched() as arguments:
        rotating.rotate()

    new = rotating.key()
    assert len(new) == 32
    assert new != old
    assert rotating.kept_key() == new
    assert difference(rotating.held(), before) == []
    assert set(rotating.ready().values()) == {"True"}
    assert not rotating.is_paused()
    assert rotating.homelab.object("clustersecretstore", "infisical")["metadata"]["uid"] == identity["metadata"]["uid"]
    rotating.homelab.run("preview", "--expect-no-changes")
    rotating.homelab.run("preview", "--refresh", "--expect-no-changes")
    assert _holders(rotating, old) == []
    _assert_hidden(rotating, {*rotating.keys, *_values(rotating)}, arguments)
    assert not rotating.cluster.argocd.infisical.log.read_text().count(new)


def test_what_was_set_aside_is_the_old_database_whole(rotating: Rotating) -> None:
    aside = sorted(rotating.cluster.argocd.infisical.data.glob("infisical.db.*"))

    assert rotating.cluster.argocd.infisical.data / f"infisical.db.{rotating.journal()['id']}" in aside


def test_its_files_are_their_owners_alone(rotating: Rotating) -> None:
    files = [path for path in rotating.folder.rglob("*") if path.is_file()]

    # What was killed while it wrote leaves a draft, whose name begins with a dot.
    names = {path.name for path in files if not path.name.startswith(".")}
    assert names == {"lock", "journal.json", "export.json", "state.json", "commands.log"}
    assert {path.stat().st_mode & 0o077 for path in files} == {0}


def test_a_finished_rotation_cannot_be_undone(rotating: Rotating) -> None:
    undo = rotating.run("--undo")

    assert undo.code == 1
    assert "there is nothing to undo" in undo.output


def test_the_status_shows_every_step_done(rotating: Rotating) -> None:
    status = rotating.run("--status")

    assert status.code == 0
    assert "completed" in status.output
    assert status.output.count("  done ") == 12


def _values(rotating: Rotating) -> set[str]:
    beside = {value for values in BESIDE.values() for value in values.values()}
    owner = Owner(rotating.homelab)
    passphrase = rotating.homelab.workspace.passphrase.read_text().strip()
    return {value for value in beside | set(owner.values().values()) if len(value) >= 10} | {passphrase}


def _holders(rotating: Rotating, key: str) -> list[str]:
    """The objects of the cluster that hold a key, in any form."""
    kinds = rotating.cluster.kubectl.run("api-resources", "--verbs=list", "--output=name").split()
    encoded = base64.b64encode(key.encode()).decode()
    return [
        f"{kind} {item['metadata']['name']}"
        for kind in kinds
        for item in json.loads(rotating.cluster.kubectl.run("get", kind, "--all-namespaces", "--output=json"))["items"]
        if key in json.dumps(item) or encoded in json.dumps(item)
    ]


def _assert_hidden(rotating: Rotating, values: set[str], arguments: set[str]) -> None:
    places = {"output": "\n".join(rotating.said), "arguments": "\n".join(arguments)}
    places |= {path.name: path.read_text() for path in rotating.folder.rglob("*") if path.is_file()}
    for value in values:
        for form in forms(value):
            for place, text in places.items():
                # Not `form in text` in an assertion: a failure must not show the value either.
                shown = text.count(form)
                assert shown == 0, f"a secret value of {len(value)} characters stands {shown} times in {place}"
