"""The messages of apps in files: the folder, its files, and their content."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from declaration import DeclarationError, parse
from tests.declaration.many_apps import many_apps, write_apps
from tests.declaration.stack_config import IN_CLEAR, as_passed, stack_file
from tests.messages.stories.book import assert_messages
from tooling.stack.declared import check_config, problems_text

TOKEN: dict[str, Any] = {"source": "generate", "kind": "hex", "size": 16}


def app(name: str, **fields: Any) -> dict[str, Any]:
    return {"namespace": name, "keys": {f"{name.upper()}_TOKEN": TOKEN}} | fields


class Book:
    """Collects the message of each inventory, each in its own folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.messages: list[tuple[str, str]] = []

    def add(self, title: str, files: dict[str, Any], inline: Any = None, folder: Any = "apps/") -> None:
        project = self.folder / str(len(self.messages))
        write_apps(project / "apps", files)
        config = {key: value for key, value in stack_file().items() if key != "apps"}
        config |= {key: value for key, value in (("apps", inline), ("appFiles", folder)) if value is not None}
        with pytest.raises(DeclarationError) as caught:
            parse(as_passed(config), set(config) - IN_CLEAR, "Pulumi.homelab.yaml", str, project=project)
        self.messages.append((title, str(caught.value)))


def test_every_message_of_apps_in_files(tmp_path: Path) -> None:
    book = Book(tmp_path)
    book.add("homelab:apps names no folder", {}, inline="aps", folder=None)
    book.add("homelab:apps is a string that cannot be a folder", {}, inline="web: {}", folder=None)
    book.add("A folder that does not exist", {}, folder="aps/")
    book.add("A folder outside the project", {}, folder="../apps")
    book.add("A folder without apps", {})
    book.add("Two folders", {"web": app("web")}, inline="apps")
    book.add("An app in both places", {"web": app("web")}, inline={"web": app("web")})
    book.add(
        "Errors in two files and in the stack file",
        {
            "web": "namespace: Web\nkeys:\n  TOKEN:\n    source: generate\n    kind: hex\n",
            "Shop": app("shop", secretname="shop"),
        },
        inline={"blog": app("blog", namespace="Blog")},
    )
    book.add(
        "Two apps that contradict each other",
        {"blog": app("blog", keys={"TOKEN": TOKEN}), "web": app("web", keys={"TOKEN": {**TOKEN, "size": 32}})},
    )
    book.add(
        "Files that are no apps",
        {
            "again": "namespace: a\nkeys: {}\nnamespace: b\n",
            "empty": "# later\n",
            "inside": {"inside": app("inside")},
            "torn": "namespace: [\n",
            "two": "namespace: a\n---\nnamespace: b\n",
        },
    )
    other = tmp_path / str(len(book.messages)) / "apps"
    write_apps(other, {"web": app("web")})
    (other / "media").mkdir()
    (other / "link.yaml").symlink_to("nowhere.yaml")
    (other / "grafana.yml").touch()
    (other / "notes.txt").touch()
    (other / "utf-16.yaml").write_bytes("namespace: web".encode("utf-16"))
    book.add("Other files in the folder", {})
    large = check_config(tmp_path, "Pulumi.homelab.yaml", {"homelab:apps": many_apps(500)}).problems[:1]
    book.messages.append(("More inline apps than Pulumi can pass", problems_text("Pulumi.homelab.yaml", large)))

    assert_messages("apps_in_files", book.messages)
