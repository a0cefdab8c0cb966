"""`externalSecret`: an ExternalSecret that exists keeps its name, although its Secret has a different one."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from tests.components.program import Run, run
from tests.declaration.stack_config import stack_file

APP: dict[str, Any] = {
    "namespace": "web",
    "externalSecret": "web",
    "keys": {"TOKEN": {"source": "manual"}},
    "secrets": {"web-tls": {"externalSecret": "tls", "keys": {"KEY": {"source": "manual"}}}},
}
FOUND = {"managers": ["kubectl"], "tool": "", "owner": "", "keys": [], "immutable": False, "differingLiterals": []}
EXTERNAL = {**FOUND, "kind": "ExternalSecret", "namespace": "web", "name": "web", "otherFields": []}
SECRET = {**FOUND, "kind": "Secret", "namespace": "web", "name": "web-secret", "owner": "ExternalSecret web"}


def _run(app: dict[str, Any] = APP, **more: Any) -> Run:
    return run({**stack_file(), "apps": {"web": app}}, **more)


def test_the_external_secret_has_its_own_name_and_writes_the_secret() -> None:
    objects = _run().objects()

    assert objects["ExternalSecret web/web"]["spec"]["target"]["name"] == "web-secret"
    assert objects["ExternalSecret web/tls"]["spec"]["target"]["name"] == "web-tls"
    assert "ExternalSecret web/web-secret" not in objects


def test_the_delivery_check_looks_at_both() -> None:
    checks = {found.name: found.inputs for found in _run().of_type("infisical:Delivery")}

    names = {place: (found["name"], found["secretName"]) for place, found in checks.items()}
    assert names == {"web/web-secret": ("web", "web-secret"), "web/web-tls": ("tls", "web-tls")}


def test_both_are_looked_up_in_the_cluster() -> None:
    ((asked, _, _),) = _run().invoked

    assert asked["externalSecrets"] == ["web/tls", "web/web"]
    assert asked["secrets"] == ["web/web-secret", "web/web-tls"]
    assert asked["writers"] == {"web/web-secret": "web/web", "web/web-tls": "web/tls"}
    declared = [each["name"] for each in asked["declared"] if each["kind"] == "ExternalSecret"]
    assert sorted(declared) == ["tls", "web"]


def test_both_are_taken_over_together() -> None:
    existing = {"objects": [EXTERNAL, {**SECRET, "keys": ["TOKEN"]}], "unreachable": ""}
    with pytest.raises(pulumi.RunError, match=r"ExternalSecret web/web .* and Secret web/web-secret"):
        _run(existing=existing)

    done = _run({**APP, "adopt": True}, existing=existing)

    assert [text for text in done.logged if "takes over ExternalSecret web/web" in text]


def test_an_external_secret_makes_one_secret() -> None:
    with pytest.raises(pulumi.RunError) as caught:
        _run({**APP, "secrets": {"web": {"keys": {"KEY": {"source": "manual"}}}}})

    message = str(caught.value)
    assert "homelab:apps.web.secrets.web" in message
    assert (
        "the ExternalSecret 'web' in the namespace 'web', which makes the Secret web-secret of web already" in message
    )


def test_a_name_that_kubernetes_refuses_is_an_error() -> None:
    with pytest.raises(pulumi.RunError, match=r"homelab:apps\.web\.externalSecret"):
        _run({**APP, "externalSecret": "Web_1"})
