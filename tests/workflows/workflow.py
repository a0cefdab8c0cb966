"""The workflows as data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from tests.checkout import CHECKOUT

FILES = sorted((CHECKOUT / ".github" / "workflows").glob("*.yml"))


class _Loader(yaml.SafeLoader):
    """YAML as GitHub reads it: `on` is a string."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True)
class Workflow:
    """One workflow file: its text and its parsed content."""

    text: str
    content: dict[str, Any]

    @property
    def events(self) -> dict[str, Any]:
        events: dict[str, Any] = self.content["on"]
        return events

    @property
    def jobs(self) -> dict[str, dict[str, Any]]:
        jobs: dict[str, dict[str, Any]] = self.content["jobs"]
        return jobs

    @property
    def steps(self) -> Iterator[dict[str, Any]]:
        for job in self.jobs.values():
            yield from job["steps"]

    @property
    def actions(self) -> list[str]:
        """The actions that the steps use, without versions."""
        return [step["uses"].split("@")[0] for step in self.steps if "uses" in step]

    def step(self, name: str) -> dict[str, Any]:
        (found,) = (step for step in self.steps if step.get("name") == name)
        return found


def workflow(name: str) -> Workflow:
    """
    Read one workflow of the checkout.

    :param name: file name without its extension
    """
    text = (CHECKOUT / ".github" / "workflows" / f"{name}.yml").read_text()
    return Workflow(text, yaml.load(text, _Loader))
