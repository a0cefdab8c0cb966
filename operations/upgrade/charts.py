"""Versions of Infisical's chart, fetched and rendered by the user's Helm with the values of the declaration."""

from __future__ import annotations

import copy
import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from declaration.cluster.chart_values import CHART
from declaration.objects import APPLICATION, CHART_REPOSITORY, INFISICAL_NAMESPACE
from operations.errors import OperationError
from tooling.yaml_text import dump_yaml

Values = Mapping[str, Any]

HIDDEN: Final = "[hidden]"
LONGEST_SECONDS: Final = 300.0
_PASSWORD: Final = "throw-away"
_INCIDENTAL: Final = {"labels": ("helm.sh/chart", "app.kubernetes.io/version"), "annotations": ("updatedAt",)}
"""What differs in every object of another version, and the time at which Infisical's chart was rendered."""
_TOO_OLD: Final = ("unknown command", "unknown flag", "unknown shorthand flag")
_NO_ANSWER: Final = "cannot be reached"


@dataclass(frozen=True)
class Chart:
    """
    One version of the chart.

    :param app_version: that of Infisical
    :param needs: the range of Kubernetes versions; empty for any
    :param dependencies: the version of each chart that it contains
    :param defaults: its values
    :param objects: what it renders for the declaration, by kind, namespace and name. Secrets have no values
    """

    version: str
    app_version: str
    needs: str
    dependencies: Mapping[str, str]
    defaults: Values
    objects: Mapping[str, Values]


@dataclass(frozen=True)
class Helm:
    """
    :param program: Helm's path
    :param folder: for the charts and the values
    :param kubernetes: the cluster's version, which the charts must accept; empty for the one that Helm assumes
    """

    program: Path
    folder: Path
    kubernetes: str

    def chart(self, version: str, values: Values) -> Chart:
        """
        Fetch a version and render it.

        :param version: empty for the newest
        :param values: the program's; they contain no password
        :raises OperationError: Helm failed
        """
        target = self.folder / (version or "newest")
        chosen = ["--version", version] if version else []
        self._run("pull", CHART, "--repo", CHART_REPOSITORY, *chosen, "--untar", "--untardir", str(target))
        chart = target / CHART
        about, defaults = (_mapping((chart / name).read_text()) for name in ("Chart.yaml", "values.yaml"))
        given = self.folder / "values.yaml"
        given.write_text(dump_yaml(_with_passwords(values)))
        options = ["--namespace", INFISICAL_NAMESPACE, "--values", str(given)]
        options += ["--kube-version", self.kubernetes] if self.kubernetes else []
        rendered = self._run("template", APPLICATION, str(chart), *options)
        return Chart(
            version=str(about.get("version") or version),
            app_version=str(about.get("appVersion") or ""),
            needs=str(about.get("kubeVersion") or ""),
            dependencies={str(each["name"]): str(each["version"]) for each in about.get("dependencies") or ()},
            defaults=defaults,
            objects=dict(_objects(rendered)),
        )

    def _run(self, *arguments: str) -> str:
        what = f"`helm {arguments[0]}` failed for the chart {CHART} of {CHART_REPOSITORY}"
        try:
            done = subprocess.run(
                [str(self.program), *arguments],
                env=os.environ,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=LONGEST_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            found = f"no answer within {LONGEST_SECONDS:.0f} s"
            raise OperationError(what, found=found, fix="check the network, then run the command again") from error
        if done.returncode:
            raise OperationError(what, found=done.stderr.strip(), fix=_fix(done.stderr))
        return done.stdout


def _fix(said: str) -> str:
    if "kubeVersion" in said:
        return "upgrade Kubernetes first, or choose another version of the chart"
    if any(words in said for words in _TOO_OLD):
        return "upgrade Helm to a current version, then run the command again"
    if _NO_ANSWER in said:
        return "check the network, then run the command again"
    return "correct the version (`helm search repo` shows those of a repository), then run the command again"


def _mapping(text: str) -> dict[str, Any]:
    content = yaml.safe_load(text)
    return content if isinstance(content, dict) else {}


def _with_passwords(values: Values) -> dict[str, Any]:
    """The values with the same throw-away passwords for each version: a chart would make up others each time."""
    changed = copy.deepcopy(dict(values))
    for part in ("postgresql", "redis"):
        if "auth" in changed.get(part, {}):
            changed[part]["auth"]["password"] = _PASSWORD
    return changed


def _objects(rendered: str) -> Iterator[tuple[str, Values]]:
    for found in yaml.safe_load_all(rendered):
        if not isinstance(found, dict):
            continue
        metadata = found.get("metadata") or {}
        place = f"{metadata.get('namespace') or INFISICAL_NAMESPACE}/{metadata.get('name')}"
        if found.get("kind") == "Secret":
            for field in ("data", "stringData"):
                if field in found:
                    found[field] = dict.fromkeys(found[field] or (), HIDDEN)
        _remove_incidental(found)
        yield f"{found.get('kind')} {place}", found


def _remove_incidental(value: Any) -> None:
    if isinstance(value, dict):
        for field, names in _INCIDENTAL.items():
            if isinstance(found := value.get(field), dict):
                value[field] = {name: text for name, text in found.items() if name not in names}
        for each in value.values():
            _remove_incidental(each)
    elif isinstance(value, list):
        for each in value:
            _remove_incidental(each)
