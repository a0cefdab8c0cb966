"""The sandbox deploys the apps in files, from copies that contain what differs on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.controlplane import prerequisite_namespaces
from sandbox.declared import read_config, with_inline_apps
from sandbox.stack.app_files import move_to_files
from sandbox.stack.differences import on_this_machine, throw_away_values
from tests.declaration.many_apps import many_apps, write_apps
from tooling.errors import StackError
from tooling.stack.config import StackFile, derive_stack_file
from tooling.stack.declared import check_config

URL = "http://127.0.0.1:20002"
WEB: dict[str, Any] = {"namespace": "web", "keys": {"TOKEN": {"source": "manual"}}}
WIKI: dict[str, Any] = {"namespace": "wiki", "keys": {"WIKI": {"source": "config"}, "PASSWORD": {"source": "manual"}}}
CONFIG: dict[str, Any] = {
    "homelab:infisical": {"url": "https://infisical.example.net", "adminEmail": "admin@example.net"},
    "homelab:store": {"hostAPI": "http://infisical:8080", "projectSlug": "homelab", "environmentSlug": "prod"},
}


class Checkout:
    """The homelab's stack file with its folder of apps, and what the sandbox derives from them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.homelab = StackFile(folder / "Pulumi.homelab.yaml")
        self.sandbox = StackFile(folder / "Pulumi.sandbox.yaml")
        self.copies = folder / ".sandbox" / "apps"

    def declare(self, apps: dict[str, Any] | None, files: dict[str, Any]) -> None:
        config = {**CONFIG, "homelab:appFiles": "apps/", **({} if apps is None else {"homelab:apps": apps})}
        self.homelab.path.write_text(yaml.safe_dump({"config": config}))
        write_apps(self.folder / "apps", files)

    def derive(self) -> None:
        def differing(config: dict[str, Any]) -> dict[str, Any]:
            inline, names = with_inline_apps(config, self.homelab.path)
            return move_to_files(on_this_machine(inline, URL), names, self.folder, self.copies)

        (self.folder / ".sandbox").mkdir(exist_ok=True)
        derive_stack_file(self.homelab, self.sandbox, StackFile(self.folder / ".sandbox" / "derived.yaml"), differing)

    def copied(self) -> dict[str, Any]:
        return {file.stem: yaml.safe_load(file.read_text()) for file in self.copies.glob("*.yaml")}


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_a_copy_has_a_value_for_each_key_that_the_owner_sets_by_hand(checkout: Checkout) -> None:
    checkout.declare({"web": WEB}, {"wiki": WIKI})

    checkout.derive()

    config = checkout.sandbox.config()
    assert config["homelab:appFiles"] == ".sandbox/apps/"
    assert config["homelab:apps"]["web"]["keys"]["TOKEN"] == {"source": "config"}
    assert checkout.copied() == {"wiki": {**WIKI, "keys": {key: {"source": "config"} for key in WIKI["keys"]}}}
    assert yaml.safe_load((checkout.folder / "apps" / "wiki.yaml").read_text()) == WIKI
    assert (checkout.copies / "wiki.yaml").stat().st_mode & 0o777 == 0o600


def test_a_folder_in_place_of_the_inline_apps_is_copied_too(checkout: Checkout) -> None:
    checkout.declare(None, {"wiki": WIKI})
    content = {"config": {**CONFIG, "homelab:apps": "apps/"}}
    checkout.homelab.path.write_text(yaml.safe_dump(content))

    checkout.derive()

    assert set(checkout.copied()) == {"wiki"}
    assert checkout.sandbox.config()["homelab:appFiles"] == ".sandbox/apps/"
    assert "homelab:apps" not in checkout.sandbox.config()


def test_the_copies_follow_the_folder(checkout: Checkout) -> None:
    checkout.declare(None, {"wiki": WIKI, "web": WEB})
    checkout.derive()
    (checkout.folder / "apps" / "web.yaml").unlink()
    checkout.derive()

    assert set(checkout.copied()) == {"wiki"}
    assert "homelab:apps" not in checkout.sandbox.config()


def test_the_derived_config_is_a_valid_declaration(checkout: Checkout) -> None:
    checkout.declare({"web": WEB}, {"wiki": WIKI})
    checkout.derive()

    declared = check_config(checkout.folder, "Pulumi.sandbox.yaml", checkout.sandbox.config())

    assert declared.problems == ()
    assert declared.homelab
    assert {app.name for app in declared.homelab.apps} == {"web", "wiki"}


def test_throw_away_values_and_namespaces_are_those_of_all_apps(checkout: Checkout) -> None:
    checkout.declare({"web": WEB}, {"wiki": WIKI})
    checkout.derive()

    wanted = throw_away_values(read_config(checkout.sandbox.path))

    assert {path for path in wanted if "values" in path} == {
        f'homelab:values["{key}"]' for key in ("TOKEN", "WIKI", "PASSWORD")
    }
    assert prerequisite_namespaces(checkout.homelab.path) == ("argocd", "external-secrets", "web", "wiki")


def test_many_apps_stay_in_files(checkout: Checkout) -> None:
    checkout.declare(None, many_apps(100))

    checkout.derive()

    assert len(checkout.copied()) == 100
    assert checkout.sandbox.path.stat().st_size < 10_000


def test_a_file_that_cannot_be_read_is_an_error_with_its_name(checkout: Checkout) -> None:
    checkout.declare(None, {"wiki": "namespace: [\n"})

    with pytest.raises(StackError, match=r"^apps/wiki\.yaml has 1 error"):
        read_config(checkout.homelab.path)
