"""After an `up` is killed, its processes end, and the next `up` completes it."""

from __future__ import annotations

import signal
import subprocess

import psutil
import pytest

from sandbox.stack.recovery import release_lock
from tests.homelab.deployment import EXTERNAL_SECRET, STACK, Homelab
from tests.waiting import eventually
from tests.warm import cold
from tooling.stack.torn_state import drop_torn_attributes
from tooling.toolchain.progress import Reporter


@pytest.mark.parametrize(
    ("kind", "name"), [("namespaces", "infisical"), (EXTERNAL_SECRET, "authentik/authentik-secret")]
)
def test_the_next_up_completes_a_killed_up(bare_homelab: Homelab, kind: str, name: str) -> None:
    homelab = bare_homelab
    homelab.set_credentials()
    engine = subprocess.Popen(
        [str(homelab.workspace.bin / "pulumi"), "--non-interactive", "up", "--yes", "--skip-preview"],
        cwd=homelab.project,
        env=cold(homelab.workspace.environment()),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    eventually(lambda: name in homelab.objects(kind), f"{kind} {name} exists")
    started = psutil.Process(engine.pid).children(recursive=True)
    engine.send_signal(signal.SIGKILL)
    engine.wait()
    eventually(lambda: not any(process.is_running() for process in started), "all plugins have ended")
    keys = {"infisical/infisical-secrets", "argocd/infisical-helm-secrets"} & homelab.objects("secrets").keys()
    made = {name: homelab.objects("secrets")[name]["data"] for name in keys}

    release_lock(homelab.workspace, homelab.project, "homelab", Reporter())
    homelab.up()

    assert set(homelab.objects(EXTERNAL_SECRET)) == {
        "authentik/authentik-secret",
        "monitoring/grafana-secret",
        "openclaw/openclaw-secret",
    }
    for secret, data in made.items():
        assert homelab.objects("secrets")[secret]["data"] == data
    homelab.run("preview", "--expect-no-changes")


def test_a_half_written_state_is_repaired(homelab: Homelab) -> None:
    (attributes,) = homelab.workspace.state.rglob(f"stacks/**/{STACK}.json.attrs")
    attributes.write_text("")
    torn = homelab.attempt("preview")

    drop_torn_attributes(homelab.workspace.state)

    assert "failed to load checkpoint" in torn.output
    homelab.run("preview", "--expect-no-changes")
