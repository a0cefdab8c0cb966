"""A rotation changes ENCRYPTION_KEY and nothing else: all values and all Secrets of apps stay."""

from __future__ import annotations

import itertools
import secrets
from contextlib import suppress

from infisical.api.http.session import Login
from operations.encryption_key.cipher import Cipher
from operations.encryption_key.server import Infisical
from tests.operations.encryption_key.fakes.administrator import EMAIL, FILLED, PASSWORD
from tests.operations.encryption_key.fakes.fake_homelab import OLD_KEY, Killed
from tests.operations.encryption_key.fakes.memory_infisical import DATABASE
from tests.operations.encryption_key.fakes.simulation import PASSPHRASE, SEEDS, Simulation
from tests.operations.encryption_key.simulated.outcomes import assert_rotated


def test_a_rotation_keeps_all_values_with_their_comments_and_metadata(served: Simulation) -> None:
    served.rotate()

    assert_rotated(served)


def test_no_output_file_or_argument_contains_a_value(served: Simulation) -> None:
    served.rotate()

    values = {value for values in FILLED.values() for value in values.values()} | set(SEEDS.values())
    values |= {PASSWORD, PASSPHRASE, OLD_KEY, served.homelab.cluster.key}
    texts = [*served.said, *served.homelab.arguments, *(file.read_text() for file in served.files())]
    for value in filter(None, values):
        # Not `value in text`: a failure must not show the value.
        assert sum(text.count(value) for text in texts) == 0


def test_an_import_that_was_killed_after_any_request_is_completed(served: Simulation) -> None:
    server, cipher = served.infisical, Cipher(PASSPHRASE)
    client = Infisical(server.url, Login(EMAIL, PASSWORD, organization="homelab"), "homelab", 600)
    export = client.read().export
    # The odd points are right after a request, the even ones right before the next one.
    for point in itertools.count(1, 2):
        server.stop()
        (server.data / DATABASE).unlink()
        server.start(secrets.token_hex(16))
        served.homelab.arm("", point)
        with suppress(Killed):
            client.write(export, cipher)
        if served.homelab.kill:
            assert point > 20
            break

        client.write(export, cipher)

        assert server.content() == served.before.secrets
    served.homelab.kill = None


def test_a_completed_rotation_cannot_be_undone(simulation: Simulation) -> None:
    simulation.rotate()

    undo = simulation.run("--undo")

    assert undo.code == 1
    assert "there is nothing to undo" in undo.output


def test_the_status_shows_every_step_done(simulation: Simulation) -> None:
    simulation.rotate()

    status = simulation.run("--status")

    assert status.code == 0
    assert "completed" in status.output
    assert status.output.count("  done ") == 12


def test_only_their_owner_can_read_the_files(simulation: Simulation) -> None:
    simulation.rotate()

    files = simulation.files()
    assert {"journal.json", "export.json", "state.json"} <= {path.name for path in files}
    assert {path.stat().st_mode & 0o077 for path in files} == {0}
