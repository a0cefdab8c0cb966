"""`adopt --from-infisical` takes over what somebody set up in Infisical's UI: nothing is created twice or changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from operations.adopt import main
from tests.homelab.deployment import Homelab
from tests.homelab.owner import Owner
from tests.waiting import PATIENCE_SECONDS
from tests.warm import Warm
from tooling.toolchain import Tools

pytestmark = pytest.mark.story

SLUG, IDENTITY = "media-home", "media-reader"
VALUES = {
    ("prod", "/"): {"TV_TOKEN": "canary-of-the-tv"},
    ("prod", "/radio"): {"API_KEY": "canary-of-the-radio", "LOGIN": "canary-of-a-login"},
    ("dev", "/"): {"TV_TOKEN": "canary-of-dev"},
}


@dataclass
class Takeover:
    """
    A stack with an address and a login, in an Infisical with a project that nothing but its owner knows.

    :param before: what Infisical had at first
    """

    homelab: Homelab
    owner: Owner
    capsys: pytest.CaptureFixture[str] | None = None
    before: dict[str, Any] = field(default_factory=dict)

    def run(self, *arguments: str) -> tuple[int, str]:
        """The exit code and the output, which shows no value."""
        assert self.capsys is not None
        self.capsys.readouterr()
        options = ("--project", str(self.homelab.project), "--stack", self.homelab.stack)
        code = main(["--from-infisical", *arguments, *options])
        printed = self.capsys.readouterr()
        output = printed.out + printed.err
        assert "canary" not in output + self.homelab.stack_file.read_text()
        return code, output

    def project(self) -> str:
        return str(self.owner.call("GET", f"/api/v1/projects/slug/{SLUG}")["id"])

    def there(self) -> dict[str, Any]:
        """Everything that an update could create twice or change."""
        secrets = {}
        for environment, path in VALUES:
            place = {"projectId": self.project(), "environment": environment, "secretPath": path}
            found = self.owner.client.get("/api/v4/secrets", params=place).json()["secrets"]
            secrets[environment, path] = {
                each["secretKey"]: (each["id"], each["version"], each["secretValue"]) for each in found
            }
        projects = self.owner.call("GET", "/api/v1/projects")["projects"]
        identities = self.owner.client.get("/api/v1/identities", params={"orgId": self.owner.organization}).json()
        return {
            "secrets": secrets,
            "projects": {each["slug"]: each["id"] for each in projects},
            "identities": sorted((each["identity"]["name"], each["identityId"]) for each in identities["identities"]),
        }


def click(owner: Owner) -> None:
    """What the owner does in the UI: a project with two environments, a folder, values, and an identity with access."""
    created = owner.call("POST", "/api/v1/projects", projectName="Media", slug=SLUG, shouldCreateDefaultEnvs=False)
    project = created["project"]["id"]
    for slug in ("prod", "dev"):
        owner.call("POST", f"/api/v1/projects/{project}/environments", name=slug.title(), slug=slug)
    owner.call("POST", "/api/v2/folders", projectId=project, environment="prod", name="radio", path="/")
    for (environment, path), values in VALUES.items():
        for name, value in values.items():
            place = {"projectId": project, "environment": environment, "secretPath": path}
            owner.call("POST", f"/api/v4/secrets/{name}", **place, secretValue=value)
    body = {"name": IDENTITY, "organizationId": owner.organization, "role": "member"}
    identity = owner.call("POST", "/api/v1/identities", **body)["identity"]["id"]
    owner.call("POST", f"/api/v1/projects/{project}/memberships/identities/{identity}", role="viewer")


@pytest.fixture(scope="module")
def taken(
    deployed_homelab: Homelab, tools: Tools, warm: Warm, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Takeover]:
    """Infisical runs; the new stack knows its address and its administrator."""
    folder: Path = tmp_path_factory.mktemp("media")
    workspace = warm.workspace(folder / "workspace", tools, deployed_homelab.plane.kubeconfig, "media")
    warm.prepare(folder / "project")
    site = deployed_homelab.config["homelab:infisical"]
    infisical = {
        "install": "none",
        **{name: site[name] for name in ("url", "adminEmail", "organization")},
        "deliverySeconds": int(PATIENCE_SECONDS),
    }
    homelab = Homelab(
        deployed_homelab.plane, workspace, folder / "project", {"homelab:infisical": infisical}, stack="media"
    )
    homelab.set_secret("infisicalAdminPassword", deployed_homelab.generated("infisical-admin-password"))
    owner = Owner(deployed_homelab)
    click(owner)
    takeover = Takeover(homelab, owner)
    takeover.before = takeover.there()
    yield takeover
    homelab.close()


@pytest.fixture
def takeover(taken: Takeover, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Takeover:
    taken.capsys = capsys
    for name, value in taken.homelab.workspace.environment().items():
        monkeypatch.setenv(name, value)
    return taken


def test_the_command_writes_the_settings_and_shows_the_lines_to_add(takeover: Takeover) -> None:
    arguments = ("--project-slug", SLUG, "--operator", IDENTITY)
    assert takeover.run(*arguments, "--dry-run")[0] == 1
    code, output = takeover.run(*arguments, "--yes", "--json")

    report = json.loads(output)
    assert (code, report["written"]) == (1, True)
    assert {(each["folder"], each["name"]) for each in report["keys"]} == {
        ("/", "TV_TOKEN"),
        ("/radio", "API_KEY"),
        ("/radio", "LOGIN"),
    }
    # The owner replaces the placeholders. The first stack has the store `infisical` in this cluster.
    lines = report["lines"].replace("<app>", "tv").replace("<namespace>", "monitoring")
    written = yaml.safe_load(takeover.homelab.stack_file.read_text())["config"]
    config = {key: value for key, value in written.items() if key != "homelab:infisicalAdminPassword"}
    config["homelab:apps"] = yaml.safe_load(lines)["config"]["homelab:apps"]
    config["homelab:store"]["name"] = "media"
    takeover.homelab.config = config
    takeover.homelab.declare()

    assert takeover.run(*arguments, "--yes")[0] == 0
    assert takeover.there() == takeover.before


def test_the_preview_adopts_the_project_and_the_identity(takeover: Takeover) -> None:
    output = " ".join(takeover.homelab.run("preview").output.split())

    assert f"Project '{SLUG}' exists in Infisical and is adopted: its environment 'prod' is adopted" in output
    assert f"Identity '{IDENTITY}'" in output
    assert "exists in Infisical and is adopted. This changes:" in output
    assert takeover.there() == takeover.before


def test_the_update_creates_no_second_project_or_identity_and_changes_no_value(takeover: Takeover) -> None:
    takeover.homelab.up()

    assert takeover.there() == takeover.before
    assert takeover.homelab.secret("monitoring", "tv-secret") == VALUES["prod", "/"]
    assert takeover.homelab.secret("monitoring", "radio-secret") == VALUES["prod", "/radio"]


def test_a_second_update_and_a_second_takeover_change_nothing(takeover: Takeover) -> None:
    assert takeover.homelab.up().changes == {}
    written = takeover.homelab.stack_file.read_text()

    code, output = takeover.run("--yes")

    assert code == 0, output
    assert takeover.homelab.stack_file.read_text() == written
