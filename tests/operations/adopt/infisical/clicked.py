"""A stack file, and an Infisical that somebody set up in its UI."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from tests.operations.encryption_key.fakes.administrator import EMAIL, Administrator, logged_in
from tests.operations.values.lab import Lab, Ran

OPERATOR: Final = "homelab-eso"
CANARY: Final = "canary-of-a-value"
VALUES: Final = {
    ("prod", "/"): {"WEB_TOKEN": CANARY, "OLD_TOKEN": f"{CANARY}-2"},
    ("prod", "/media/server"): {"API_KEY": f"{CANARY}-3"},
    ("dev", "/"): {"WEB_TOKEN": f"{CANARY}-4"},
}
"""What the owner has set, by environment and folder."""

HEAD: Final = """\
# My homelab
config:
  homelab:infisical:
    # in the cellar
    url: {url}
    adminEmail: {email}
"""
STORE: Final = """\
  homelab:store:
    hostAPI: {url}
    projectSlug: homelab  # the first one
    environmentSlug: prod
"""
APPS: Final = """\
  homelab:apps:
    web:
      namespace: web
      keys:
        WEB_TOKEN: {source: manual}
        WEB_LOGIN: {source: manual}
        WEB_KEY: {source: generate, kind: hex, size: 32}
        WEB_PLAN: {source: config}
        WEB_LEVEL: {source: config}
"""


@dataclass(frozen=True)
class Clicked:
    lab: Lab

    @property
    def file(self) -> Path:
        return self.lab.project / "Pulumi.homelab.yaml"

    def declare(self, *parts: str) -> None:
        """Write the stack file."""
        text = "".join([HEAD, *parts])
        self.file.write_text(text.replace("{url}", self.lab.url).replace("{email}", EMAIL))

    def config(self) -> dict[str, Any]:
        found: dict[str, Any] = yaml.safe_load(self.file.read_text())["config"]
        return found

    def run(self, *arguments: str | Path) -> Ran:
        """As a user sees it. No value is printed or written."""
        ran = self.lab.run("adopt", "--from-infisical", *arguments)
        assert CANARY not in ran.text + self.file.read_text()
        return ran

    def report(self, *arguments: str | Path) -> dict[str, Any]:
        ran = self.run(*arguments, "--json")
        assert ran.out, ran.err
        found: dict[str, Any] = json.loads(ran.out)
        return found | {"code": ran.code}

    def delete_operator(self) -> None:
        """Delete the identity that the operator would use."""
        with logged_in(self.lab.url) as admin:
            found = admin.call("POST", "/api/v1/identities/search", search={"name": {"$eq": OPERATOR}})
            for each in found["identities"]:
                admin.call("DELETE", f"/api/v1/identities/{each['identityId']}")

    def create_operator(self, mark: str) -> None:
        """Replace that identity by one with a mark."""
        self.delete_operator()
        with logged_in(self.lab.url) as admin:
            body = {"name": OPERATOR, "organizationId": admin.organization, "role": "no-access"}
            admin.call("POST", "/api/v1/identities", **body, metadata=[{"key": "created-by", "value": mark}])


def click(admin: Administrator) -> None:
    """Create a second environment, a folder, and values, next to the project and the identity of the lab."""
    project = admin.project_id()
    admin.call("POST", f"/api/v1/projects/{project}/environments", name="Development", slug="dev")
    for name, path in (("media", "/"), ("server", "/media")):
        admin.call("POST", "/api/v2/folders", projectId=project, environment="prod", name=name, path=path)
    for (environment, path), values in VALUES.items():
        for name, value in values.items():
            admin.set(name, value, environment, path)


def clicked(lab: Lab) -> Clicked:
    with logged_in(lab.url) as admin:
        click(admin)
    return Clicked(lab)


def results(report: Mapping[str, Any]) -> dict[str, str]:
    """By address, the result of each key."""
    return {f"{each['folder'].rstrip('/')}/{each['name']}": each["result"] for each in report["keys"]}
