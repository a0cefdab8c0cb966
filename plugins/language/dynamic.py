"""
Dynamic providers: what `pulumi-resource-pulumi-python <engine address>` runs.

The SDK serves them (`pulumi.dynamic`), in the program's own environment, which the engine names in
PULUMI_RUNTIME_VIRTUALENV. This process becomes that server.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from plugins.language.child import RUNNER
from plugins.language.environment import find_environment
from plugins.language.options import RuntimeOptions
from plugins.protocol.errors import ProviderError

ENGINE_PIPE = "0"
"""The engine holds the other end of its plugins' stdin."""


def main() -> None:
    """Replace this process by the server; without an environment to run it in, say so and end."""
    options = RuntimeOptions(root=Path.cwd(), virtualenv=os.environ.get("PULUMI_RUNTIME_VIRTUALENV", ""))
    try:
        python = find_environment(options)
    except ProviderError as error:
        sys.exit(error.message)
    command = [python.interpreter, str(RUNNER), ENGINE_PIPE, "module", "pulumi.dynamic", *sys.argv[1:]]
    os.execve(python.interpreter, command, python.variables(os.environ))


if __name__ == "__main__":
    main()
