"""
Processes are killed at random moments of an update, a rotation, a refresh and a destroy. The next `up` completes it.

`make soak KILLS=300 SEED=7` kills more often. A failed run names its seed; the same seed chooses the same commands,
victims and moments.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from typing import Any, Final

import psutil
import pytest

from sandbox.cluster import Cluster
from sandbox.stack.recovery import release_lock
from tests.homelab.deployment import RANDOM_PASSWORD, Homelab
from tests.homelab.owner import Owner
from tests.pulumi_state import unmarked
from tests.waiting import PATIENCE_SECONDS, eventually
from tooling.toolchain.progress import Reporter

KILLS: Final = int(os.environ.get("HOMELAB_KILLS", "4"))
SEED: Final = int(os.environ.get("HOMELAB_KILLS_SEED", "1"))
ENCRYPTION_KEY: Final = ("infisical", "infisical-secrets")
APP: Final = ("web", "web-secret")
KEYS: Final = ("FIRST_TOKEN", "SECOND_TOKEN", "KEPT_KEY")
ROTATED: Final = KEYS[:2]
DECLARED: Final[dict[str, Any]] = {"source": "generate", "kind": "hex", "size": 16}

UP: Final = ("up", "--yes", "--skip-preview")
COMMANDS: Final[dict[str, tuple[str, ...]]] = {
    "update": UP,
    "rotation": UP,
    "refresh": ("refresh", "--yes", "--skip-preview"),
    "destroy": ("destroy", "--yes", "--skip-preview"),
}
VICTIMS: Final[dict[str, str]] = {
    "program": " program ",
    "language host": "plugins.language",
    "kubernetes plugin": "plugins.kubernetes",
    "random plugin": "plugins.random",
    "infisical plugin": "/infisical",
}
"""The processes that the engine starts, by a part of their command line."""
CLI: Final = "CLI"
API_SERVER: Final = "API server"


@pytest.fixture(scope="module")
def homelab(whole_homelab: Homelab) -> Homelab:
    keys = {key: {**DECLARED, "immutable": key not in ROTATED} for key in KEYS}
    whole_homelab.config["homelab:apps"] = {"web": {"namespace": "web", "createNamespace": True, "keys": keys}}
    whole_homelab.declare()
    return whole_homelab


def test_no_kill_loses_a_value_or_makes_a_second_object(homelab: Homelab) -> None:
    chosen = random.Random(SEED)
    longest = dict.fromkeys(COMMANDS, timed(lambda: homelab.up()))
    encryption_key = homelab.secret(*ENCRYPTION_KEY)["ENCRYPTION_KEY"]
    kept = homelab.secret(*APP)["KEPT_KEY"]
    in_state = set(KEYS)
    for number in range(KILLS):
        name = chosen.choice(list(COMMANDS))
        victim = chosen.choice([CLI, API_SERVER, *VICTIMS])
        moment = chosen.random()
        event = f"seed {SEED}, kill {number + 1}: {victim} during {name}, after {moment:.2f} of its time"
        rotated = prepare(homelab, name, number)

        longest[name] = kill(homelab, COMMANDS[name], victim, moment * longest[name])
        release_lock(homelab.workspace, homelab.project, "homelab", Reporter())
        completed = homelab.attempt(*UP)

        assert completed.code == 0, f"{event}\n{completed.output}"
        assert homelab.secret(*ENCRYPTION_KEY)["ENCRYPTION_KEY"] == encryption_key, event
        assert homelab.secret(*APP)["KEPT_KEY"] == kept, event
        # A destroyed random value is generated again, and Infisical keeps the one in use until the next rotation.
        in_state = in_state - set(ROTATED) if name == "destroy" else in_state | rotated
        assert_consistent(homelab, in_state, event)
    homelab.run("preview", "--expect-no-changes")


def prepare(homelab: Homelab, name: str, number: int) -> set[str]:
    """Change what the command has to do: a new date rotates a value, a new label updates objects. Returns that key."""
    rotated = {ROTATED[number % len(ROTATED)]} if name == "rotation" else set()
    for key in rotated:
        trigger = f"{2000 + number // 12}-{number % 12 + 1:02}"
        homelab.config.setdefault("homelab:rotations", {})[key] = trigger
    if name == "update":
        homelab.config["homelab:apps"]["web"]["labels"] = {"number": str(number)}
    homelab.declare()
    return rotated


def kill(homelab: Homelab, arguments: tuple[str, ...], victim: str, after: float) -> float:
    """Kill the victim after a time, wait for the end of everything that runs, and return how long the command took."""
    cluster = homelab.plane
    assert isinstance(cluster, Cluster)
    began = time.monotonic()
    cli = subprocess.Popen(
        [str(homelab.workspace.bin / "pulumi"), "--non-interactive", *arguments],
        cwd=homelab.project,
        env=homelab.workspace.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    engine = psutil.Process(cli.pid)
    while cli.poll() is None and time.monotonic() < began + after:
        time.sleep(0.05)
    started = descendants(engine)
    if victim == API_SERVER:
        pid = cluster.plane.status().pids["kube-apiserver"]
        assert pid
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: cluster.plane.status().pids["kube-apiserver"] is None, "the API server has ended")
        cluster.plane.start()
    else:
        running = [process for process in started if VICTIMS.get(victim, "-") in command_line(process)]
        # One that does not run yet, or any more, is the CLI instead.
        for process in running or [engine]:
            if process.is_running():
                process.kill()
    eventually(lambda: cli.poll() is not None, "the command has ended")
    _, orphans = psutil.wait_procs(started, timeout=PATIENCE_SECONDS)
    assert orphans == []
    return max(time.monotonic() - began, after)


def descendants(engine: psutil.Process) -> list[psutil.Process]:
    try:
        return engine.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def command_line(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def assert_consistent(homelab: Homelab, in_state: set[str], event: str) -> None:
    """
    Each value is the same in the cluster and in Infisical, and nothing exists twice.

    :param in_state: the keys whose values are also the same in the state
    """
    owner = Owner(homelab)
    values = owner.values()
    assert homelab.secret(*APP) == values, event
    assert {key: value for key, value in generated(homelab).items() if key in in_state} == {
        key: values[key] for key in in_state
    }, event
    projects = [project["slug"] for project in owner.call("GET", "/api/v1/projects")["projects"]]
    assert projects.count("homelab") == 1, event
    assert owner.identity(), event
    assert len(owner.client_secrets()) == 1, event


def generated(homelab: Homelab) -> dict[str, str]:
    """The generated values in the state, by key."""
    made: dict[str, Any] = {
        resource["urn"].rpartition("::")[2]: unmarked(resource["outputs"]["result"])
        for resource in homelab.resources_in_clear()
        if resource["type"] == RANDOM_PASSWORD and not resource.get("delete")
    }
    return {key: str(made[key]) for key in KEYS}


def timed(run: Callable[[], object]) -> float:
    began = time.monotonic()
    run()
    return time.monotonic() - began
