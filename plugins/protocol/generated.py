"""
Pulumi's generated messages without the rest of its SDK.

They live inside the package `pulumi`, whose own import starts the whole runtime: half of a plugin's start, and an
engine starts several plugins at once for every command. A plugin's process uses nothing else of the SDK.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType


def use_messages_only() -> None:
    """Put empty packages in place of `pulumi` and `pulumi.runtime`, in this process; before any import of them."""
    found = importlib.util.find_spec("pulumi")
    assert found is not None
    assert found.origin is not None
    root = Path(found.origin).parent
    for name, folder in (("pulumi", root), ("pulumi.runtime", root / "runtime")):
        package = ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules.setdefault(name, package)
