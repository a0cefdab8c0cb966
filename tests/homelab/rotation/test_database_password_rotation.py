"""A database password changes in the database first, then in Infisical, then in the pods that read it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.homelab.deployment import Homelab
from tests.homelab.owner import Owner
from tests.homelab.postgres import Postgres, postgres
from tests.homelab.workloads import install, pods

KEY = "GITEA_DATABASE_PASSWORD"
BY_HAND = "GITEA_WEBHOOK"


@dataclass(frozen=True)
class Database:
    """
    The homelab with one app and its database.

    :param tried: a file with the hash of each value that the command received
    :param arguments: a file with the arguments of all processes during the command
    """

    homelab: Homelab
    server: Postgres
    tried: Path
    arguments: Path

    def password(self) -> str:
        """The password that the app reads."""
        return self.homelab.secret("monitoring", "gitea-secret")["password"]

    def rotate(self, trigger: str) -> None:
        self.homelab.rotate(KEY, trigger=trigger)

    def accepts(self, password: str) -> bool:
        return self.server.accepts("gitea", password)

    def values_tried(self) -> list[str]:
        return self.tried.read_text().split() if self.tried.exists() else []


@pytest.fixture(scope="module")
def database(deployed_homelab: Homelab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    notes = tmp_path_factory.mktemp("notes")
    with postgres() as server:
        found = Database(deployed_homelab, server, notes / "tried", notes / "arguments")
        command = "\n".join(
            [
                f"printf %s \"$NEW_VALUE\" | sha256sum | cut -d' ' -f1 >> {found.tried}",
                f"cat /proc/[0-9]*/cmdline > {found.arguments} 2> /dev/null || true",
                f'printf "ALTER USER gitea PASSWORD \'%s\';" "$NEW_VALUE" | {server.shell()}',
            ]
        )
        key = {
            "source": "generate",
            "kind": "hex",
            "size": 16,
            "secretKeys": ["password"],
            "changeCommand": command,
        }
        gitea = {"namespace": "monitoring", "keys": {KEY: key}, "restarts": ["deployment/gitea"]}
        deployed_homelab.config["homelab:apps"]["gitea"] = gitea
        deployed_homelab.declare()
        deployed_homelab.up()
        server.execute(f"CREATE USER gitea PASSWORD '{found.password()}'")
        install(deployed_homelab, "monitoring", "gitea", "gitea-secret")
        yield found


def test_the_first_value_runs_no_command(database: Database) -> None:
    assert database.values_tried() == []
    assert database.accepts(database.password())


def test_a_failed_command_stops_the_rotation_before_infisical(database: Database) -> None:
    old, ran = database.password(), pods(database.homelab, "monitoring")
    database.rotate("2026-11")
    database.server.stop()

    failed = database.homelab.attempt("up", "--yes", "--skip-preview")

    assert failed.code != 0
    assert f"The change command of {KEY} at / in prod failed" in failed.output
    assert "Infisical still has the old value" in failed.output
    assert old not in failed.output
    assert Owner(database.homelab).values()[KEY] == database.password() == old
    assert pods(database.homelab, "monitoring") == ran
    assert len(database.values_tried()) == 1
    database.server.start()
    assert database.accepts(old)


def test_the_next_up_continues_with_the_same_new_value(database: Database) -> None:
    old, ran = database.password(), pods(database.homelab, "monitoring")

    done = database.homelab.up()

    new = database.password()
    assert database.values_tried() == 2 * [hashlib.sha256(new.encode()).hexdigest()]
    assert database.accepts(new)
    assert not database.accepts(old)
    assert Owner(database.homelab).values()[KEY] == new != old
    assert pods(database.homelab, "monitoring") != ran
    assert new not in done.output + database.arguments.read_text()
    assert old not in done.output + database.arguments.read_text()


def test_a_repeated_up_runs_no_command(database: Database) -> None:
    database.homelab.up("--expect-no-changes")

    assert len(database.values_tried()) == 2
    assert database.accepts(database.password())


def test_a_preview_runs_no_command(database: Database) -> None:
    database.rotate("2026-12")

    preview = database.homelab.run("preview").output

    assert f"{KEY} gets a new value, after its change command has run" in preview
    assert len(database.values_tried()) == 2


def test_a_rotation_that_cannot_be_delivered_runs_no_command(database: Database) -> None:
    """The operator syncs all keys of an app together, and one of them is missing."""
    homelab, old, ran = database.homelab, database.password(), pods(database.homelab, "monitoring")
    homelab.config["homelab:apps"]["gitea"]["keys"][BY_HAND] = {"source": "manual"}
    homelab.declare()

    refused = homelab.attempt("up", "--yes", "--skip-preview")

    assert refused.code != 0
    assert f"{KEY} was not rotated" in refused.output
    assert f"{BY_HAND}: add {BY_HAND} with a value to / in prod in Infisical" in refused.output

    assert len(database.values_tried()) == 2
    assert database.accepts(old)
    assert Owner(homelab).values()[KEY] == database.password() == old
    assert pods(homelab, "monitoring") == ran


def test_the_rotation_continues_after_the_missing_key_was_added(database: Database) -> None:
    old = database.password()
    Owner(database.homelab).set(BY_HAND, "given-by-the-owner")

    database.homelab.up()

    assert len(database.values_tried()) == 3
    assert database.accepts(database.password())
    assert not database.accepts(old)
