"""
Shows what another version of Infisical's chart changes, and whether a current backup exists. It changes nothing.

Helm fetches both versions and renders them with the values of the declaration. No password is in them.
"""

from __future__ import annotations

import argparse
import datetime
import json
import shutil
import tempfile
from pathlib import Path
from typing import Final

from declaration import Homelab
from declaration.cluster.chart_values import CHART, chart_values
from declaration.site.database import chart_version
from operations.backup.options import NOT_ALL, add_targets
from operations.backup.status import status_of
from operations.backup.targets.folders import check_target
from operations.clusters import access_in, kubectl_for
from operations.errors import OperationError
from operations.upgrade.charts import Helm
from operations.upgrade.comparison import Comparison, compared
from operations.upgrade.report import Checked, as_json, as_text
from operations.values.options import reported
from tooling.kubernetes.kubectl import KubectlError
from tooling.stack.declared import checked, read_declaration
from tooling.stack.throw_away import ThrowAwaySecrets

NAME: Final = "python -m operations upgrade-check"
DOCTOR: Final = "python -m operations doctor"


def main(arguments: list[str]) -> int:
    """Return the exit code: 0, 1 if something needs a look before the upgrade, 2 for an error, 130 when interrupted."""
    parser = argparse.ArgumentParser(prog=NAME, description=__doc__)
    parser.add_argument("version", nargs="?", default="", help="of the chart (default: the newest one)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_targets(parser, option="--backups")
    asked = parser.parse_args(arguments)
    return reported(lambda: _check(asked))


def _check(asked: argparse.Namespace) -> int:
    throw_away = ThrowAwaySecrets()
    declared = read_declaration(asked.project, asked.stack.rpartition("/")[2], throw_away)
    homelab = checked(declared)
    if not homelab.infisical.is_installed:
        what = "There is no chart to check"
        none = "homelab:infisical.install: none, so this program does not install Infisical"
        raise OperationError(what, found=none, fix="upgrade Infisical where it is installed")
    if asked.version and (wrong := chart_version(asked.version)):
        raise OperationError("The version cannot be used", found=asked.version, expected=wrong, fix="correct it")
    now = datetime.datetime.now(datetime.UTC)
    folders = asked.backups or [Path(each).expanduser() for each in homelab.backup.to]
    for folder in folders:
        check_target(folder, write=False)
    backups = [status_of(folder, asked.stack, homelab.backup.max_age_days, now) for folder in folders]
    kubernetes = _kubernetes(*access_in(declared.config, throw_away.values))
    found = _compared(homelab, asked.version, kubernetes)
    version = found.after.version if found else asked.version or "VERSION"
    result = Checked(found, kubernetes, backups, _steps(homelab, version, asked.stack))
    print(json.dumps(as_json(result), indent=2) if asked.json else as_text(result))
    return 0 if result.is_clear else NOT_ALL


def _kubernetes(kubeconfig: str, context: str) -> str:
    """The cluster's version; empty if it does not answer."""
    try:
        with kubectl_for(kubeconfig, context) as kubectl:
            return str(json.loads(kubectl.run("get", "--raw", "/version"))["gitVersion"])
    except (OperationError, KubectlError, ValueError):
        return ""


def _compared(homelab: Homelab[None], version: str, kubernetes: str) -> Comparison | None:
    program = shutil.which("helm")
    if program is None:
        return None
    values = chart_values(homelab.infisical)
    with tempfile.TemporaryDirectory(prefix="homelab-chart-") as folder:
        helm = Helm(Path(program), Path(folder), kubernetes)
        return compared(helm.chart(homelab.infisical.chart_version, values), helm.chart(version, values), values)


def _steps(homelab: Homelab[None], version: str, stack: str) -> list[str]:
    declare = f"pulumi config set --path homelab:infisical.chartVersion {version} --stack {stack}"
    by_argocd = homelab.infisical.install == "argocd"
    install = [] if by_argocd else [f"install version {version} of {CHART} with Flux or Helm"]
    return [declare, "pulumi up", *install, f"{DOCTOR} --stack {stack}"]
