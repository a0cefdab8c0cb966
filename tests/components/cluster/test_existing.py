"""Existing objects of others stop the program before it registers anything."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from tests.components.program import Run, run
from tests.declaration.stack_config import MODES, stack_file

PLACE = {"namespace": "paperless", "name": "paperless-secret"}
SECRET = {
    "kind": "Secret",
    **PLACE,
    "managers": ["kubectl-client-side-apply"],
    "tool": "",
    "owner": "",
    "keys": ["ADMIN"],
    "immutable": False,
    "differingLiterals": [],
}
NAMESPACE = {**SECRET, "kind": "Namespace", "namespace": "", "name": "paperless", "keys": []}


def _run(*objects: dict[str, Any], mode: str = "managed", app: dict[str, Any] | None = None, **more: Any) -> Run:
    keys = {"ADMIN": {"source": "generate", "kind": "hex", "size": 12}}
    paperless = {"namespace": "paperless", "keys": keys, **(app or {})}
    existing = {"objects": list(objects), "unreachable": ""}
    return run({**MODES[mode](), "apps": {"paperless": paperless}}, existing=existing, **more)


@pytest.mark.parametrize("mode", MODES)
def test_the_cluster_is_asked_once_before_any_object_is_registered(mode: str) -> None:
    done = _run(mode=mode, app={"createNamespace": True, "literals": {"user": "admin"}})

    ((asked, provider, registered),) = done.invoked
    assert asked["externalSecrets"] == ["paperless/paperless-secret"]
    assert asked["namespaces"] == ["paperless"]
    assert asked["literals"] == {"paperless/paperless-secret": {"user": "admin"}}
    assert asked["secrets"] == ["paperless/paperless-secret"]
    assert asked["manager"] == "pulumi-homelab"
    assert done.registrations[provider].inputs == {}
    assert registered == len(("stack", "component", "provider"))


@pytest.mark.parametrize("preview", [True, False])
def test_a_secret_of_others_stops_the_program(preview: bool) -> None:
    with pytest.raises(pulumi.RunError, match=r"homelab:apps\.paperless\.secretName"):
        _run(SECRET, preview=preview)


def test_on_the_sandbox_the_error_names_the_file_that_the_user_edits_and_the_next_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOMELAB_DERIVED_FROM", "Pulumi.attic.yaml")

    with pytest.raises(pulumi.RunError) as caught:
        _run(SECRET)

    assert str(caught.value).startswith("Pulumi.attic.yaml has 1 error; ")
    assert str(caught.value).endswith("Fix Pulumi.attic.yaml, then run `make preview`.")


def test_every_problem_is_reported_at_once() -> None:
    with pytest.raises(pulumi.RunError, match="has 2 errors") as caught:
        _run(SECRET, NAMESPACE, app={"createNamespace": True})

    assert "homelab:apps.paperless.createNamespace" in str(caught.value)


def test_an_adopted_secret_is_announced_in_the_preview() -> None:
    done = _run(SECRET, app={"adopt": True}, preview=True)

    (announced,) = [message for message in done.logged if "takes over" in message]
    assert "Secret paperless/paperless-secret with the key ADMIN (managed by kubectl-client-side-apply)" in announced


def test_in_the_manual_mode_no_secret_is_adopted() -> None:
    """This program cannot tell whether Infisical has the values in use."""
    with pytest.raises(pulumi.RunError, match="mode is manual"):
        _run(SECRET, mode="manual", app={"adopt": True})


def test_a_preview_without_a_cluster_warns_once() -> None:
    done = run(stack_file(), existing={"objects": [], "unreachable": "The cluster is away."}, preview=True)

    assert done.logged.count("Existing objects were not checked. The cluster is away.") == 1
    assert done.of_type("ExternalSecret")


def test_an_update_without_a_cluster_fails() -> None:
    with pytest.raises(pulumi.RunError, match="The cluster is away"):
        run(stack_file(), existing={"objects": [], "unreachable": "The cluster is away."})


@pytest.mark.parametrize("name", ["infisical-secrets", "infisical-helm-secrets", "infisical-machine-identity"])
def test_the_programs_own_secrets_are_written_after_a_check_of_their_values(name: str) -> None:
    done = run(stack_file())

    guard, secret = done.the("infisical:GuardedSecret", name), done.the("Secret", name)
    assert guard.urn in secret.dependencies
    assert done.registrations[guard.provider].name == "cluster"
    assert {key: each.value for key, each in guard.inputs["values"].items()} == secret.inputs["stringData"].value
    may_change = name == "infisical-machine-identity"
    assert guard.inputs.get("manager") == ("pulumi-homelab" if may_change else None)


@pytest.mark.parametrize("preview", [True, False])
def test_a_field_that_others_changed_stops_preview_and_update_alike(preview: bool) -> None:
    place = {"kind": "ExternalSecret", "namespace": "web", "name": "web-secret", "made": True}
    fields = [{"path": ".spec.refreshInterval", "manager": "kubectl-edit"}]

    with pytest.raises(pulumi.RunError) as caught:
        run(stack_file(), existing={"changed": [{**place, "fields": fields, "release": "[]"}]}, preview=preview)

    assert ".spec.refreshInterval, managed by kubectl-edit" in str(caught.value)
