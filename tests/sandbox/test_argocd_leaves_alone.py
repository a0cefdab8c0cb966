"""The fake Argo CD changes nothing while its owner pauses the reconciliation."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.argocd import ArgoCd
from tests.sandbox.infisical_application import SERVER, InfisicalOnCluster

Eventually = Callable[[Callable[[], object], str], None]
SKIP = "argocd.argoproj.io/skip-reconcile"


def test_a_paused_application_keeps_its_server_scaled_down(
    argocd: ArgoCd, up: InfisicalOnCluster, eventually: Eventually
) -> None:
    application = ("application.argoproj.io", "infisical", "-n", "argocd")
    up.kubectl.run("annotate", *application, f"{SKIP}=true")
    up.kubectl.run("scale", f"deployment/{SERVER}", "-n", "infisical", "--replicas=0")
    eventually(lambda: not up.kubectl.list("pods", "infisical", "app.kubernetes.io/component=infisical"), "no pod")
    eventually(lambda: not argocd.infisical.running, "the server has ended with its last pod")
    # A changed Secret triggers a reconciliation.
    up.keys(AUTH_SECRET="another")
    assert (up.kubectl.get("deployment", SERVER, "infisical") or {})["spec"]["replicas"] == 0

    up.kubectl.run("annotate", *application, f"{SKIP}-")

    eventually(lambda: argocd.infisical.running, "the server runs again")
    assert (up.kubectl.get("deployment", SERVER, "infisical") or {})["spec"]["replicas"] > 0
