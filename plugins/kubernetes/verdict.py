"""Whether an object is what was waited for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from plugins.kubernetes.manifest import Manifest


@dataclass(frozen=True)
class Verdict:
    """
    :param message: for the status line
    :param warning: the message is one
    :param problems: why it is not ready, for when the time is over
    :param failed: it will never be ready
    """

    ready: bool
    message: str = ""
    warning: bool = False
    problems: tuple[str, ...] = ()
    failed: bool = False


Check = Callable[[Manifest], Verdict]
