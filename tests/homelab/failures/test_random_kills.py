"""
Processes are killed at random moments of updates, rotations, refreshes and destroys. The next `up` completes them.

If a deletion was killed, the state may still have what is gone. Then `up` says so, and `up --refresh` completes it.

A round has several commands, each with several kills: the second one meets an engine that handles the first.

`make soak KILLS=300 SEED=7` kills more often. A failed run names its seed; the same seed chooses the same commands,
victims and moments.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import psutil
import pytest

from sandbox.cluster import Cluster
from sandbox.stack.recovery import release_lock
from tests.homelab.deployment import RANDOM_PASSWORD, Homelab
from tests.homelab.owner import Owner
from tests.pulumi_state import unmarked
from tests.waiting import PATIENCE_SECONDS, eventually
from tests.warm import cold
from tooling.toolchain.progress import Reporter

KILLS: Final = int(os.environ.get("HOMELAB_KILLS", "15"))
SEED: Final = int(os.environ.get("HOMELAB_KILLS_SEED", "1"))
COMMANDS_PER_ROUND: Final = 4
MOST_KILLS_PER_COMMAND: Final = 6
LONGEST_GAP_SECONDS: Final = 0.2
"""Between two kills of a command."""
ENCRYPTION_KEY: Final = ("infisical", "infisical-secrets")
APP: Final = ("web", "web-secret")
KEYS: Final = ("FIRST_TOKEN", "SECOND_TOKEN", "KEPT_KEY")
ROTATED: Final = KEYS[:2]
DECLARED: Final[dict[str, Any]] = {"source": "generate", "kind": "hex", "size": 16}

UP: Final = ("up", "--yes", "--skip-preview")
RECREATE: Final = "run `pulumi up --refresh`, which recreates declared objects that were deleted"
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
    kills = commands = 0
    while kills < KILLS:
        events: list[str] = []
        destroyed, rotated = False, set[str]()
        for _ in range(COMMANDS_PER_ROUND):
            name = chosen.choice(list(COMMANDS))
            victims = chosen.sample([CLI, API_SERVER, *VICTIMS], chosen.randint(1, MOST_KILLS_PER_COMMAND))
            moment = chosen.random()
            gaps = [chosen.uniform(0, LONGEST_GAP_SECONDS) for _ in victims]
            events.append(f"{', '.join(victims)} during {name}, after {moment:.2f} of its time")
            rotated |= prepare(homelab, name, commands)
            destroyed |= name == "destroy"

            done, longest[name] = kill(homelab, COMMANDS[name], victims, moment * longest[name], gaps)
            kills, commands = kills + done, commands + 1
            release_lock(homelab.workspace, homelab.project, "homelab", Reporter())
        event = f"seed {SEED}, {kills} kills so far; the last ones: {'; '.join(events)}"
        completed = homelab.attempt(*UP)
        if completed.code and destroyed:
            assert RECREATE in completed.output, f"{event}\n{completed.output}"
            completed = homelab.attempt(*UP, "--refresh")

        assert completed.code == 0, f"{event}\n{completed.output}"
        assert homelab.secret(*ENCRYPTION_KEY)["ENCRYPTION_KEY"] == encryption_key, event
        assert homelab.secret(*APP)["KEPT_KEY"] == kept, event
        # A destroyed random value is generated again, and Infisical keeps the one in use until the next rotation.
        in_state = in_state - set(ROTATED) if destroyed else in_state | rotated
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


def kill(
    homelab: Homelab, arguments: tuple[str, ...], victims: Sequence[str], after: float, gaps: Sequence[float]
) -> tuple[int, float]:
    """
    Kill the victims, and wait for the end of everything that runs.

    Returns the number of kills, and how long the command took. A command that has ended is not killed any more.

    :param after: the time of the first kill
    :param gaps: the time after each kill
    """
    began = time.monotonic()
    cli = subprocess.Popen(
        [str(homelab.workspace.bin / "pulumi"), "--non-interactive", *arguments],
        cwd=homelab.project,
        env=cold(homelab.workspace.environment()),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    engine = psutil.Process(cli.pid)
    started: set[psutil.Process] = set()
    api_server_is_down, kills, moment = False, 0, began + after
    for victim, gap in zip(victims, gaps, strict=True):
        while cli.poll() is None and time.monotonic() < moment:
            time.sleep(0.05)
        started |= {*descendants(engine)}
        if victim == API_SERVER and not api_server_is_down:
            kill_api_server(homelab.plane)
            api_server_is_down, kills = True, kills + 1
        elif cli.poll() is None:
            kill_process(engine, started, victim)
            kills += 1
        moment = time.monotonic() + gap
    if api_server_is_down:
        homelab.plane.plane.start()
    eventually(lambda: cli.poll() is not None, "the command has ended")
    _, orphans = psutil.wait_procs([*started], timeout=PATIENCE_SECONDS)
    assert orphans == []
    return kills, max(time.monotonic() - began, after)


def kill_api_server(cluster: Cluster) -> None:
    pid = cluster.plane.status().pids["kube-apiserver"]
    assert pid
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: cluster.plane.status().pids["kube-apiserver"] is None, "the API server has ended")


def kill_process(engine: psutil.Process, started: Iterable[psutil.Process], victim: str) -> None:
    """One that does not run yet, or any more, is the CLI instead."""
    running = [process for process in started if VICTIMS.get(victim, "-") in command_line(process)]
    for process in running or [engine]:
        if process.is_running():
            process.kill()


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
