"""What the user has set on the sandbox's stack with `pulumi config set`, in place of `Pulumi.homelab.yaml`."""

from __future__ import annotations

from pathlib import Path

from declaration import Problem
from sandbox.stack.differences import Config, on_this_machine
from sandbox.stack.value_forms import VALUES
from tooling.stack.config import derive, without_secrets
from tooling.stack.declared import check_config

_NOWHERE = "http://localhost"
"""The address of a server that was not started yet."""


def problems_of_settings(project: Path, homelab: Config, sandbox: Config, last: Config) -> list[Problem]:
    """
    Return the errors of the user's own settings. The homelab's declaration has no errors.

    :param project: the folder of the stack files
    :param homelab: the homelab stack's `config:`, with every app inline
    :param sandbox: the sandbox stack's `config:`
    :param last: the last derived one
    """
    derived = derive(on_this_machine(homelab, _NOWHERE), sandbox, last)
    plain, _ = without_secrets(sandbox)
    own = {*derived.kept, *(plain.keys() - homelab.keys() - last.keys() - {VALUES})}
    found = check_config(project, "Pulumi.sandbox.yaml", derived.config).problems
    return [problem for problem in found if any(_is_within(problem.path, key) for key in own)]


def _is_within(path: str, key: str) -> bool:
    return path == key or path.startswith(f"{key}.")
