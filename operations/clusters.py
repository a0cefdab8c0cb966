"""The user's kubectl, for the cluster that the program deploys to."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Container, Iterator, Mapping
from pathlib import Path
from typing import Any

from declaration import is_text
from operations.programs import find_program
from tooling.kubernetes.kubectl import Kubectl
from tooling.private_file import write_private


@contextlib.contextmanager
def kubectl_for(kubeconfig: str, context: str) -> Iterator[Kubectl]:
    """
    :param kubeconfig: its text or path; empty for the one that kubectl finds by itself
    :param context: a context of it; empty for the current one
    :raises OperationError: kubectl is not installed
    """
    program = find_program("kubectl")
    if not is_text(kubeconfig):
        yield Kubectl(program, Path(kubeconfig).expanduser() if kubeconfig else None, context=context)
        return
    with tempfile.TemporaryDirectory(prefix="kubeconfig-") as folder:
        file = Path(folder) / "config"
        write_private(file, kubeconfig)
        yield Kubectl(program, file, context=context)


def access_in(config: Mapping[str, Any], throw_away: Container[str] = ()) -> tuple[str, str]:
    """
    `kubernetes:kubeconfig` and `kubernetes:context` of a stack's config, for `kubectl_for`.

    :param config: an encrypted value counts as missing
    :param throw_away: the values that stand for encrypted ones
    """
    given = (config.get(f"kubernetes:{name}") for name in ("kubeconfig", "context"))
    kubeconfig, context = (value if isinstance(value, str) and value not in throw_away else "" for value in given)
    return kubeconfig, context
