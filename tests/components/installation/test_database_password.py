"""The command that changes the bundled database's password, against a real PostgreSQL."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.installation.database_password import CHANGE_PASSWORD, WITHOUT_THE_PASSWORD
from tests.components.answers import Secret
from tests.components.program import run
from tests.declaration.stack_config import EARLIER, REDIS_URL, stack_file
from tests.homelab.postgres import Postgres, postgres

pytestmark = pytest.mark.story

FIRST, SECOND, THIRD = ("first-password-of-infisical", "second-password-of-infisical", "third-password-of-infisical")

LOOKED_FOR = "statefulset/postgresql persistentvolumeclaim/data-postgresql-0 pod/postgresql-0"
KUBECTL = """#!/bin/sh
echo "$*" >> "$CALLS"
case "$*" in
  "--namespace infisical get $LOOKED_FOR --ignore-not-found --output name") echo "$FOUND";;
  "--namespace infisical get secret postgresql --ignore-not-found --output go-template="*) printf %s "$HELD";;
  "--namespace infisical exec -i postgresql-0 --container postgresql -- sh -eu -c "*)
    test -n "$POD" || exit 1
    shift 11
    exec sh -eu -c "$1";;
  *) exit 1;;
esac
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres() as server:
        server.execute(f"CREATE USER infisical PASSWORD '{FIRST}'")
        server.execute('CREATE DATABASE "infisicalDB" OWNER infisical')
        yield server


def change(
    server: Postgres, folder: Path, new: str, *, found: str = LOOKED_FOR, pod: bool = True, held: str = "", **more: str
) -> str:
    """Run the command with `new` in a container with the environment `more`; returns kubectl's arguments."""
    kubectl = folder / "kubectl"
    kubectl.write_text(KUBECTL)
    kubectl.chmod(0o755)
    environment = {
        "PATH": f"{folder}:{server.programs}:{os.environ['PATH']}",
        "PGPORT": str(server.port),
        "NEW_VALUE": new,
        "LOOKED_FOR": LOOKED_FOR,
        "FOUND": found,
        "POD": "running" if pod else "",
        "HELD": held,
        "CALLS": str(folder / "calls"),
        **more,
    }
    subprocess.run(["/bin/sh", "-c", CHANGE_PASSWORD], env=environment, check=True, capture_output=True)
    return (folder / "calls").read_text()


def test_the_user_changes_its_own_password(server: Postgres, tmp_path: Path) -> None:
    calls = change(server, tmp_path, SECOND, POSTGRES_PASSWORD=FIRST)

    assert server.accepts("infisical", SECOND)
    assert not server.accepts("infisical", FIRST)
    assert "password-of-infisical" not in calls


def test_a_database_that_already_has_the_password_is_not_changed(server: Postgres, tmp_path: Path) -> None:
    """The pod's environment has the old password until the pod restarts."""
    change(server, tmp_path, SECOND, POSTGRES_PASSWORD=FIRST)

    assert server.accepts("infisical", SECOND)


def test_the_secret_counts_and_not_the_outdated_environment_of_the_pod(server: Postgres, tmp_path: Path) -> None:
    """The chart does not restart the database for a new password; its Secret has the current one."""
    change(server, tmp_path, THIRD, held=SECOND, POSTGRES_PASSWORD=FIRST)
    assert server.accepts("infisical", THIRD)

    calls = change(server, tmp_path, SECOND, held=THIRD, POSTGRES_PASSWORD=FIRST)

    assert server.accepts("infisical", SECOND)
    assert "password-of-infisical" not in calls


def test_the_password_may_be_in_a_file(server: Postgres, tmp_path: Path) -> None:
    held = tmp_path / "held"
    held.write_text(SECOND)

    change(server, tmp_path, THIRD, POSTGRES_PASSWORD_FILE=str(held))

    assert server.accepts("infisical", THIRD)


def test_before_the_first_start_the_command_does_nothing(server: Postgres, tmp_path: Path) -> None:
    calls = change(server, tmp_path, FIRST, found="", pod=False)

    assert "exec" not in calls
    assert server.accepts("infisical", THIRD)


@pytest.mark.parametrize("left", LOOKED_FOR.split()[:2])
def test_a_database_without_a_pod_fails_the_command(server: Postgres, tmp_path: Path, left: str) -> None:
    """It keeps its password, and Infisical would get a different one."""
    with pytest.raises(subprocess.CalledProcessError):
        change(server, tmp_path, FIRST, found=left, pod=False)

    assert server.accepts("infisical", THIRD)


def test_a_cluster_that_does_not_answer_fails_the_command(tmp_path: Path) -> None:
    kubectl = tmp_path / "kubectl"
    kubectl.write_text("#!/bin/sh\nexit 1\n")
    kubectl.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "NEW_VALUE": SECOND}

    done = subprocess.run(["/bin/sh", "-c", CHANGE_PASSWORD], env=environment, check=False, capture_output=True)

    assert done.returncode != 0


def test_a_database_that_refuses_fails_the_command(server: Postgres, tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError) as failed:
        change(server, tmp_path, FIRST, POSTGRES_PASSWORD="wrong")

    assert b"password-of-infisical" not in failed.value.stderr + failed.value.stdout


@pytest.mark.parametrize("password", [SECOND, "hidden", "["])
def test_the_output_of_a_failed_command_is_shown_without_the_password(password: str) -> None:
    command = 'echo "ERROR 1: ($NEW_VALUE) and $NEW_VALUE" >&2; echo second line; exit 3'
    environment = {**os.environ, "NEW_VALUE": password, "CHANGE_COMMAND": command}

    done = subprocess.run(
        ["/bin/sh", "-c", WITHOUT_THE_PASSWORD], env=environment, check=False, capture_output=True, text=True
    )

    assert done.returncode == 3
    assert f"({password})" not in done.stderr
    assert "([hidden]) and [hidden]\n" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("name", "given", "found"),
    [
        ("KUBECONFIG", "~/kube/homelab", "path: {home}/kube/homelab"),
        ("KUBECONFIG", "/etc/kube/homelab", "path: /etc/kube/homelab"),
        ("KUBECONFIG_TEXT", '{"kind": "Config"}', 'text: {{"kind": "Config"}}'),
    ],
)
def test_kubectl_uses_the_cluster_of_the_stack_config(name: str, given: str, found: str, tmp_path: Path) -> None:
    command = 'test -f "$KUBECONFIG" && echo "text: $(cat "$KUBECONFIG")" || echo "path: $KUBECONFIG"; exit 1'
    places = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TMPDIR": str(tmp_path)}

    done = subprocess.run(
        ["/bin/sh", "-c", WITHOUT_THE_PASSWORD],
        env={**places, "CHANGE_COMMAND": command, "NEW_VALUE": SECOND, name: given},
        check=False,
        capture_output=True,
        text=True,
    )

    assert done.stderr.strip() == found.format(home=tmp_path)
    assert not list(tmp_path.iterdir())


KEPT = {"infisical-postgres-password": "password-that-the-database-has"}
TRIGGER = {"rotations": {"infisicalPostgresPassword": "2026-11-22"}}


def test_without_a_value_or_a_trigger_infisical_keeps_the_password_of_the_database() -> None:
    """A newly generated password does not reach the database."""
    done = run(stack_file(), stashed=KEPT)

    values = done.objects()["Application argocd/infisical"]["spec"]["source"]["helm"]["valuesObject"]
    assert values["postgresql"]["auth"]["password"] == Secret("password-that-the-database-has")
    kept = done.the("Stash", "infisical-postgres-password")
    assert (kept.ignored_changes, kept.replaced_on, kept.protect) == (frozenset({"input"}), frozenset(), True)
    assert not done.of_type("Command")


@pytest.mark.parametrize("config", [TRIGGER, EARLIER], ids=["a trigger", "a value"])
def test_a_new_password_is_kept_after_the_command(config: dict[str, Any]) -> None:
    done = run({**stack_file(), **config})

    kept = done.the("Stash", "infisical-postgres-password")
    assert (kept.ignored_changes, kept.replaced_on, kept.protect) == (frozenset(), frozenset({"input"}), False)
    assert done.the("Command", "postgres-password").urn in kept.dependencies
    assert kept.inputs["input"] == done.the("Command", "postgres-password").inputs["environment"]["NEW_VALUE"]


def test_an_external_database_has_no_command() -> None:
    config = stack_file()
    external = {"kind": "external", "secretName": "my-database", "secretKey": "uri"}

    done = run({**config, **EARLIER, "infisical": {**config["infisical"], "database": external}, **REDIS_URL})

    assert not done.of_type("Command")
    # An earlier bundled database may come back, and has its own password.
    assert done.the("Stash", "infisical-postgres-password").ignored_changes == {"input"}


def test_the_command_is_run_without_logging() -> None:
    done = run({**stack_file(), **EARLIER})

    command = done.the("Command", "postgres-password")
    assert command.inputs["create"] == command.inputs["update"] == WITHOUT_THE_PASSWORD
    assert command.inputs["environment"] == {
        "NEW_VALUE": Secret(EARLIER["infisicalPostgresPassword"]),
        "CHANGE_COMMAND": CHANGE_PASSWORD,
    }
    assert command.inputs["logging"] == "none"
