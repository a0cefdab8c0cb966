"""Find, build or fetch the programs that only the tests run: `python -m tooling.toolchain`, as in `make test-tools`."""

from __future__ import annotations

import sys

from tooling.errors import ToolingError
from tooling.toolchain.for_tests import ensure_test_tools
from tooling.toolchain.progress import Reporter


def main() -> int:
    """Print where each comes from, and return the exit code."""
    reporter = Reporter()
    try:
        for tool in ensure_test_tools(reporter):
            reporter.say(f"{tool.name} {tool.version}: {tool.origin}, {tool.path}")
    except ToolingError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
