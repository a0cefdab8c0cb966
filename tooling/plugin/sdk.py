"""
The SDK's generated messages without the SDK. Import this module before anything from `pulumi.runtime.proto`.

`import pulumi` reads the whole SDK (automation API, tracing, mocks). This costs 0.2 s of CPU time for each of four
plugins in every command, and a plugin needs only the protocol. Here `pulumi` and `pulumi.runtime` become empty packages
that contain only the generated code.

For a plugin's own process (`__main__.py`) only: nothing else of the SDK can be imported afterwards. An SDK that is
already loaded stays.
"""

from __future__ import annotations

import importlib.util
import sys
import types
from pathlib import Path


def _lead_to_messages() -> None:
    if "pulumi" in sys.modules:
        return
    spec = importlib.util.find_spec("pulumi")
    if spec is None or spec.origin is None:
        message = (
            f"Cannot import the Pulumi SDK with {sys.executable}. "
            f"Fix: {sys.executable} -m pip install -r requirements.txt"
        )
        raise SystemExit(message)
    root = Path(spec.origin).parent
    for name, path in (
        ("pulumi", root),
        ("pulumi.runtime", root / "runtime"),
        ("pulumi.runtime.proto", root / "runtime" / "proto"),
    ):
        package = types.ModuleType(name)
        package.__path__ = [str(path)]
        sys.modules[name] = package


_lead_to_messages()
