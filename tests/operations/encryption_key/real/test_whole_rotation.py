"""
Whole rotations of a real homelab: engine, API server and operator, and a command that is killed as a process.

What happens at each other moment of a kill is in ../simulated.
"""

from __future__ import annotations

import base64
import json

from tests.homelab.canaries import arguments_watched, forms
from tests.homelab.deployment import STACK
from tests.homelab.owner import Owner
from tests.operations.encryption_key.real.rotator import ADDITIONAL, Rotator, at, differences


def test_a_killed_rotation_continues_keeps_all_values_and_removes_the_old_key(rotator: Rotator) -> None:
    before, old, store = rotator.content(), rotator.key(), rotator.homelab.object("clustersecretstore", "infisical")

    with arguments_watched() as arguments:
        rotator.kill("--confirm", STACK, when=lambda journal: at("key")(journal) and rotator.is_locked())
        rotator.rotate()

    new = rotator.key()
    assert "releasing the stack's lock" in rotator.said[-1]
    assert len(new) == 32
    assert new != old
    assert rotator.kept_key() == new
    assert differences(rotator.content(), before) == []
    assert set(rotator.ready().values()) == {"True"}
    assert not rotator.is_paused()
    assert rotator.homelab.object("clustersecretstore", "infisical")["metadata"]["uid"] == store["metadata"]["uid"]
    rotator.homelab.run("preview", "--refresh", "--expect-no-changes")
    assert _holders(rotator, old) == []
    _assert_hidden(rotator, {*rotator.keys, *_values(rotator)}, arguments)
    log = rotator.cluster.argocd.infisical.log.read_text()
    assert not log.count(new)
    aside = f"SELECT FROM pg_database WHERE datname = 'infisicalDB_{rotator.journal()['id']}'"
    assert rotator.cluster.postgres.execute(f"SELECT EXISTS ({aside})") == "t"


def test_only_their_owner_can_read_the_files(rotator: Rotator) -> None:
    files = [path for path in rotator.folder.rglob("*") if path.is_file()]

    # A kill during a write leaves a draft, whose name starts with a dot.
    names = {path.name for path in files if not path.name.startswith(".")}
    assert names == {"lock", "journal.json", "export.json", "state.json", "commands.log"}
    assert {path.stat().st_mode & 0o077 for path in files} == {0}


def test_a_rotation_that_was_killed_during_its_last_update_is_undone(rotator: Rotator) -> None:
    before, key, project = rotator.content(), rotator.key(), rotator.project_id()
    rotator.kill("--confirm", STACK, when=lambda journal: at("deploy")(journal) and rotator.is_locked())

    rotator.undo()

    assert rotator.key() == key
    assert rotator.kept_key() == key
    assert rotator.project_id() == project
    assert set(rotator.ready().values()) == {"True"}
    assert not rotator.is_paused()
    assert differences(rotator.content(), before) == []
    rotator.homelab.run("preview", "--expect-no-changes")


def _values(rotator: Rotator) -> set[str]:
    additional = {value for values in ADDITIONAL.values() for value in values.values()}
    owner = Owner(rotator.homelab)
    passphrase = rotator.homelab.workspace.passphrase.read_text().strip()
    return {value for value in additional | set(owner.values().values()) if len(value) >= 10} | {passphrase}


def _holders(rotator: Rotator, key: str) -> list[str]:
    """The objects of the cluster that contain a key, plain or in base64."""
    kinds = rotator.cluster.kubectl.run("api-resources", "--verbs=list", "--output=name").split()
    listed = rotator.cluster.kubectl.run("get", ",".join(kinds), "--all-namespaces", "--output=json")
    encoded = base64.b64encode(key.encode()).decode()
    found = json.loads(listed)["items"]
    assert {"Secret", "Application", "ExternalSecret"} <= {item["kind"] for item in found}
    texts = {f"{item['kind']} {item['metadata']['name']}": json.dumps(item) for item in found}
    return [name for name, text in texts.items() if key in text or encoded in text]


def _assert_hidden(rotator: Rotator, values: set[str], arguments: set[str]) -> None:
    places = {"output": "\n".join(rotator.said), "arguments": "\n".join(arguments)}
    places |= {path.name: path.read_text() for path in rotator.folder.rglob("*") if path.is_file()}
    for value in values:
        for form in forms(value):
            for place, text in places.items():
                # Not `form in text` in an assertion: a failure must not show the value either.
                shown = text.count(form)
                assert shown == 0, f"a secret value of {len(value)} characters is in {place}, {shown} times"
