"""The command that changes the bundled database's password, against a real PostgreSQL in the place of its pod."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.database_password import CHANGE_PASSWORD, WITHOUT_THE_PASSWORD
from tests.components.answers import Secret
from tests.components.program import run
from tests.declaration.stack_config import EARLIER, REDIS_URL, stack_file
from tests.homelab.postgres import Postgres, postgres

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
    """Run the command with `new`, in a container that has `more`; the arguments that kubectl was given."""
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


def test_a_password_that_the_database_has_already_is_left(server: Postgres, tmp_path: Path) -> None:
    """The pod still tells of the old one, as it does until it is restarted."""
    change(server, tmp_path, SECOND, POSTGRES_PASSWORD=FIRST)

    assert server.accepts("infisical", SECOND)


def test_a_pod_that_was_started_with_an_earlier_one_is_not_asked_for_it(server: Postgres, tmp_path: Path) -> None:
    """The chart restarts no database for another password; its Secret has the one in use."""
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


def test_before_the_first_start_there_is_nothing_to_change(server: Postgres, tmp_path: Path) -> None:
    calls = change(server, tmp_path, FIRST, found="", pod=False)

    assert "exec" not in calls
    assert server.accepts("infisical", THIRD)


@pytest.mark.parametrize("left", LOOKED_FOR.split()[:2])
def test_a_database_whose_pod_is_away_is_not_taken_for_none(server: Postgres, tmp_path: Path, left: str) -> None:
    """It comes back with the password that it has, and Infisical would have another one by then."""
    with pytest.raises(subprocess.CalledProcessError):
        change(server, tmp_path, FIRST, found=left, pod=False)

    assert server.accepts("infisical", THIRD)


def test_a_cluster_that_does_not_answer_is_not_taken_for_one_without_a_database(tmp_path: Path) -> None:
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
def test_what_a_failed_command_printed_is_shown_without_the_password(password: str) -> None:
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
    ("name", "given", "seen"),
    [
        ("KUBECONFIG", "~/kube/homelab", "path: {home}/kube/homelab"),
        ("KUBECONFIG", "/etc/kube/homelab", "path: /etc/kube/homelab"),
        ("KUBECONFIG_TEXT", '{"kind": "Config"}', 'text: {{"kind": "Config"}}'),
    ],
)
def test_its_kubectl_finds_the_cluster_of_the_stack_config(name: str, given: str, seen: str, tmp_path: Path) -> None:
    command = 'test -f "$KUBECONFIG" && echo "text: $(cat "$KUBECONFIG")" || echo "path: $KUBECONFIG"; exit 1'
    places = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TMPDIR": str(tmp_path)}

    done = subprocess.run(
        ["/bin/sh", "-c", WITHOUT_THE_PASSWORD],
        env={**places, "CHANGE_COMMAND": command, "NEW_VALUE": SECOND, name: given},
        check=False,
        capture_output=True,
        text=True,
    )

    assert done.stderr.strip() == seen.format(home=tmp_path)
    assert not list(tmp_path.iterdir())


KEPT = {"infisical-postgres-password": "password-that-the-database-has"}
MARKER = {"rotations": {"infisicalPostgresPassword": "2026-11-22"}}


def test_without_a_value_and_a_date_infisical_has_what_the_database_has() -> None:
    """What is generated may be another by now, and the database was told nothing of it."""
    done = run(stack_file(), stashed=KEPT)

    values = done.objects()["Application argocd/infisical"]["spec"]["source"]["helm"]["valuesObject"]
    assert values["postgresql"]["auth"]["password"] == Secret("password-that-the-database-has")
    kept = done.the("Stash", "infisical-postgres-password")
    assert (kept.ignored_changes, kept.replaced_on, kept.protect) == (frozenset({"input"}), frozenset(), True)
    assert not done.of_type("Command")


@pytest.mark.parametrize("config", [MARKER, EARLIER], ids=["a date", "a value"])
def test_another_one_is_kept_when_the_database_was_told_of_it(config: dict[str, Any]) -> None:
    done = run({**stack_file(), **config})

    kept = done.the("Stash", "infisical-postgres-password")
    assert (kept.ignored_changes, kept.replaced_on, kept.protect) == (frozenset(), frozenset({"input"}), False)
    assert done.the("Command", "postgres-password").urn in kept.dependencies
    assert kept.inputs["input"] == done.the("Command", "postgres-password").inputs["environment"]["NEW_VALUE"]


def test_an_external_database_knows_its_own() -> None:
    config = stack_file()
    external = {"kind": "external", "secretName": "my-database", "secretKey": "uri"}

    done = run({**config, **EARLIER, "infisical": {**config["infisical"], "database": external}, **REDIS_URL})

    assert not done.of_type("Command")
    # A bundled one that was there before may come back, and has its own still.
    assert done.the("Stash", "infisical-postgres-password").ignored_changes == {"input"}


def test_the_command_is_run_so_that_it_shows_no_password() -> None:
    done = run({**stack_file(), **EARLIER})

    command = done.the("Command", "postgres-password")
    assert command.inputs["create"] == command.inputs["update"] == WITHOUT_THE_PASSWORD
    assert command.inputs["environment"] == {
        "NEW_VALUE": Secret(EARLIER["infisicalPostgresPassword"]),
        "CHANGE_COMMAND": CHANGE_PASSWORD,
    }
    assert command.inputs["logging"] == "none"
