"""A namespace that is still being deleted: a preview says so, and an update waits until it is gone."""

from __future__ import annotations

import pulumi
import pytest

from tests.components.program import Run, run
from tests.declaration.stack_config import MODES

KEYS = {"ADMIN": {"source": "generate", "kind": "hex", "size": 12}}
APP = {"namespace": "wiki", "createNamespace": True, "keys": KEYS}


def _run(*answers: list[str], preview: bool = False) -> Run:
    """:param answers: the namespaces that are ending, for each time that the cluster is asked"""
    declared = {**MODES["manual"](), "apps": {"wiki": APP}}
    return run(declared, existing=[{"endingNamespaces": ending} for ending in answers], preview=preview)


def test_a_preview_warns_and_does_not_wait() -> None:
    done = _run(["wiki"], preview=True)

    assert done.logged.count("Namespaces that are still being deleted: wiki. An update waits until they are gone.") == 1
    assert len(done.invoked) == 1
    assert done.of_type("ExternalSecret")


def test_an_update_says_so_waits_and_goes_on() -> None:
    done = _run(["wiki"], [])

    assert done.logged.count("Namespaces that are still being deleted: wiki. Waiting until they are gone.") == 1
    first, second = (asked for asked, _, _ in done.invoked)
    assert "waitSeconds" not in first
    assert second == {**first, "waitSeconds": 300}
    assert done.of_type("ExternalSecret")


def test_an_update_without_such_a_namespace_asks_once() -> None:
    assert len(_run([]).invoked) == 1


def test_an_update_that_waited_in_vain_changes_nothing() -> None:
    with pytest.raises(pulumi.RunError) as caught:
        _run(["wiki", "infisical"], ["infisical"])

    message = str(caught.value)
    assert message.startswith("Namespaces that are still being deleted after 300 s: infisical. Nothing was changed.")
    assert "kubectl get namespace infisical -o yaml" in message
    assert message.endswith("Then run `pulumi up`.")
