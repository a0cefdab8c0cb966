"""The command that serves the UI in the tailnet runs for real, with a fake `tailscale` that records its calls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.homelab.deployment import Homelab

# The fake keeps what is served, and refuses to end what is not served, as the real one does.
TAILSCALE = """\
#!/bin/sh
folder=$(dirname "$0")
echo "$*" >> "$folder/calls"
if [ -e "$folder/denied" ]; then echo "Access denied: serve config denied" >&2; exit 1; fi
case "$*" in
  "serve --bg --https "*) echo "$5" > "$folder/served-$4" ;;
  "serve --https "*" off") rm "$folder/served-$3" ;;
  *) exit 2 ;;
esac
"""


@dataclass(frozen=True)
class Tailscale:
    """The fake `tailscale` on PATH."""

    folder: Path

    def install(self) -> None:
        program = self.folder / "tailscale"
        program.write_text(TAILSCALE)
        program.chmod(0o755)

    def calls(self) -> list[str]:
        """The arguments of each call since the last time this was read."""
        log = self.folder / "calls"
        said = log.read_text().splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        return said

    def served(self) -> dict[str, str]:
        """What is served, by port."""
        return {file.name.removeprefix("served-"): file.read_text().strip() for file in self.folder.glob("served-*")}

    def deny(self, *, denied: bool) -> None:
        if denied:
            (self.folder / "denied").touch()
        else:
            (self.folder / "denied").unlink()


@pytest.fixture(scope="module")
def tailscale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tailscale]:
    tailscale = Tailscale(tmp_path_factory.mktemp("tailscale"))
    tailscale.install()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(tailscale.folder), prepend=":")
        yield tailscale


@pytest.fixture(scope="module")
def served_homelab(homelab: Homelab, tailscale: Tailscale) -> Homelab:
    """A homelab that serves its UI at port 8445. Each test continues with the result of the previous one."""
    declare_port(homelab, 8445)
    homelab.up()
    return homelab


def declare_port(homelab: Homelab, port: int | None) -> None:
    homelab.config["homelab:infisical"] |= {"tailscalePort": port}
    if port is None:
        del homelab.config["homelab:infisical"]["tailscalePort"]
    homelab.declare()


def test_the_declared_port_leads_to_the_node_port(served_homelab: Homelab, tailscale: Tailscale) -> None:
    assert tailscale.served() == {"8445": "http://localhost:30445"}
    assert tailscale.calls() == ["serve --bg --https 8445 http://localhost:30445"]


def test_a_preview_of_a_new_port_calls_nothing(served_homelab: Homelab, tailscale: Tailscale) -> None:
    declare_port(served_homelab, 443)

    served_homelab.run("preview")

    assert tailscale.calls() == []
    assert tailscale.served() == {"8445": "http://localhost:30445"}


def test_a_new_port_replaces_the_old_one_and_changes_nothing_else(
    served_homelab: Homelab, tailscale: Tailscale
) -> None:
    declare_port(served_homelab, 443)
    before = served_homelab.versions()

    served_homelab.up()

    assert tailscale.calls() == ["serve --https 8445 off", "serve --bg --https 443 http://localhost:30445"]
    assert tailscale.served() == {"443": "http://localhost:30445"}
    assert served_homelab.versions() == before


def test_the_next_up_repeats_a_failed_removal(served_homelab: Homelab, tailscale: Tailscale) -> None:
    declare_port(served_homelab, None)
    tailscale.deny(denied=True)

    failed = served_homelab.attempt("up", "--yes", "--skip-preview")

    assert failed.code != 0
    assert "Access denied: serve config denied" in failed.output
    assert tailscale.served() == {"443": "http://localhost:30445"}
    tailscale.deny(denied=False)
    served_homelab.up()
    assert tailscale.served() == {}


def test_a_failure_is_reported_with_its_output_and_the_next_up_continues(
    served_homelab: Homelab, tailscale: Tailscale
) -> None:
    declare_port(served_homelab, 10000)
    tailscale.deny(denied=True)

    failed = served_homelab.attempt("up", "--yes", "--skip-preview")

    assert failed.code != 0
    assert "tailscale-serve" in failed.output
    assert "tailscale serve --bg --https 10000" in failed.output
    assert "exit status 1" in failed.output
    assert "Access denied: serve config denied" in failed.output
    tailscale.deny(denied=False)
    served_homelab.up()
    assert tailscale.served() == {"10000": "http://localhost:30445"}


def test_a_repeated_up_calls_nothing(served_homelab: Homelab, tailscale: Tailscale) -> None:
    tailscale.calls()

    served_homelab.up("--expect-no-changes")

    assert tailscale.calls() == []


def test_destroy_stops_serving(served_homelab: Homelab, tailscale: Tailscale) -> None:
    # What cannot be created again is protected.
    served_homelab.attempt("destroy", "--yes", "--skip-preview", "--exclude-protected")

    assert tailscale.served() == {}
