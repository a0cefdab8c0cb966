"""Namespaces: Infisical's and those that apps own are created, others only read."""

from __future__ import annotations

from typing import Any

import pytest

from tests.components.program import Run, run, without_field_manager
from tests.declaration.stack_config import MODES, stack_file


def _run(apps: dict[str, Any]) -> Run:
    return run({**stack_file(), "apps": apps})


def _app(namespace: str, *, owned: bool = False) -> dict[str, Any]:
    return {"namespace": namespace, "createNamespace": owned, "keys": {"KEY": {"source": "manual"}}}


def _created(done: Run) -> set[str]:
    return {found.inputs["metadata"]["name"] for found in done.of_type("Namespace") if not found.read}


def _read(done: Run) -> list[str]:
    return sorted({found.read for found in done.of_type("Namespace") if found.read})


@pytest.mark.parametrize("mode", MODES)
def test_the_stack_files_homelab_creates_only_infisicals_namespace(mode: str) -> None:
    done = run(MODES[mode]())

    assert _created(done) == {"infisical"}
    assert _read(done) == ["argocd", "authentik", "external-secrets", "monitoring", "openclaw"]


def test_a_namespace_that_an_app_owns_is_created_and_not_read() -> None:
    done = _run({"web": _app("web", owned=True), "blog": _app("blog")})

    assert _created(done) == {"infisical", "web"}
    assert _read(done) == ["argocd", "blog", "external-secrets"]
    assert without_field_manager(done.objects()["Namespace web"]) == {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": "web", "labels": {"app.kubernetes.io/part-of": "homelab"}},
    }
    assert done.the("Namespace", "web").urn in done.the("ExternalSecret", "web/web-secret").dependencies


def test_a_namespace_that_one_of_two_apps_owns_serves_both() -> None:
    done = _run({"guest": _app("shared"), "owner": _app("shared", owned=True)})

    created = done.the("Namespace", "shared")
    assert created.read is None
    assert "shared" not in _read(done)
    for found in done.of_type("ExternalSecret"):
        assert created.urn in found.dependencies


def test_a_namespace_is_read_under_the_same_name_as_it_would_be_created() -> None:
    """So the engine releases a namespace that an app no longer owns, and does not delete it."""
    done = _run({"blog": _app("blog")})

    released = done.the("Namespace", "blog")
    assert released.read == "blog"
    assert released.urn in done.the("ExternalSecret", "blog/blog-secret").dependencies


def test_an_app_may_live_in_a_namespace_of_the_program() -> None:
    done = _run({"web": _app("infisical"), "ci": _app("argocd")})

    assert _created(done) == {"infisical"}
    assert _read(done) == ["argocd", "external-secrets"]


def test_without_apps_only_the_programs_own_namespaces_are_used() -> None:
    done = _run({})

    assert _read(done) == ["argocd", "external-secrets"]
    assert done.objects()["ClusterSecretStore infisical"]["spec"]["conditions"] == [{"namespaces": []}]


def test_no_namespace_enforces_a_pod_security_standard() -> None:
    """The chart's ingress-nginx sidecar would be refused."""
    labels = run(stack_file()).objects()["Namespace infisical"]["metadata"]["labels"]

    assert not [label for label in labels if label.startswith("pod-security.kubernetes.io/")]


def test_no_namespace_is_deleted_with_what_others_put_into_it() -> None:
    """Kubernetes deletes everything in a deleted namespace: only an OwnedNamespace deletes one, if it is empty."""
    done = _run({"web": _app("web", owned=True), "blog": _app("blog")})

    assert {found.name for found in done.of_type("Namespace") if not found.retained and not found.read} == set()
    (owned,) = done.of_type("infisical:OwnedNamespace")
    assert owned.inputs == {"name": "web", "manager": "pulumi-homelab"}
    assert done.registrations[owned.provider].name == "cluster"
    assert owned.urn in done.the("Namespace", "web").dependencies
