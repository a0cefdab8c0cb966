"""
Prints the values of Infisical's Helm chart, for Flux and for `helm install`.

They contain no secret. The comments name the Secrets with the keys and the passwords.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from declaration.cluster.chart_values import CHART, chart_values
from declaration.objects import APPLICATION, CHART_REPOSITORY, HELM_SECRETS, INFISICAL_NAMESPACE, INFISICAL_SECRETS
from declaration.site.settings import Infisical
from tooling.errors import ToolingError
from tooling.stack.declared import checked, read_declaration
from tooling.yaml_text import dump_yaml

STOP: Final = 1


def main(arguments: list[str]) -> int:
    """Return the exit code: 0, or 1 if the declaration cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m operations helm-values", description=__doc__)
    parser.add_argument("--project", type=Path, default=Path(), help="the folder with Pulumi.yaml (default: this one)")
    parser.add_argument("--stack", default="homelab", help="whose stack file to read (default: homelab)")
    asked = parser.parse_args(arguments)
    try:
        homelab = checked(read_declaration(asked.project, asked.stack))
    except ToolingError as error:
        print(f"error: {error}", file=sys.stderr)
        return STOP
    sys.stdout.write(helm_values(homelab.infisical, homelab.helm_secrets_namespace))
    return 0


def helm_values(infisical: Infisical, secrets_namespace: str) -> str:
    """
    The values as YAML, with comments.

    :param secrets_namespace: of the Secret with the chart's passwords
    """
    lines = [
        f"# Chart {CHART} {infisical.chart_version} from {CHART_REPOSITORY}",
        f"# Release {APPLICATION} in the namespace {INFISICAL_NAMESPACE}; this program expects these two names.",
        *_about_secrets(infisical, secrets_namespace),
    ]
    return "".join(f"{line}\n" for line in lines) + dump_yaml(chart_values(infisical))


def _about_secrets(infisical: Infisical, namespace: str) -> list[str]:
    if not infisical.is_installed:
        return [
            "# homelab:infisical.install is none, so this program creates no Secret for the chart. Write",
            "# `install: helm` to have them generated, or create them yourself:",
            f"#   Secret {INFISICAL_NAMESPACE}/{INFISICAL_SECRETS} with ENCRYPTION_KEY and AUTH_SECRET;",
            "#   the passwords of PostgreSQL and Redis in the chart's values.",
        ]
    keys = f"# `pulumi up` creates Secret {INFISICAL_NAMESPACE}/{INFISICAL_SECRETS} with the keys."
    if not infisical.uses_bundled:
        return [keys]
    return [keys, f"# It also creates Secret {namespace}/{HELM_SECRETS}: the passwords, as values in `values.yaml`."]
