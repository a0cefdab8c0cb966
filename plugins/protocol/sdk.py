"""
The SDK's generated messages without the SDK: import this module before anything of `pulumi.runtime.proto`.

`import pulumi` reads the whole SDK (automation API, tracing, mocks): 0.2 s of processor time that a
plugin, which only speaks the protocol, pays for nothing, four times over in every command. Here
`pulumi` and `pulumi.runtime` become empty packages that only lead to the generated code.

Only for a plugin's own process (`__main__.py`): nothing else of the SDK can be imported afterwards.
Where the real SDK is loaded already, it stays.
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
        message = f"the Pulumi SDK is not installed for {sys.executable}: run `pip install -r requirements.txt` with it"
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
