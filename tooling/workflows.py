"""
Checks of the GitHub workflows: `python -m tooling.workflows [FILE…]`, by default all files in .github/workflows.

actionlint checks syntax, expressions and (with shellcheck) scripts. zizmor checks security. Both work offline.
The exit code is 0 when both pass, otherwise 1.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tooling.errors import ToolingError
from tooling.toolchain.build import build_missing, built
from tooling.toolchain.cache import cache_root
from tooling.toolchain.golang import find_go
from tooling.toolchain.pins import ACTIONLINT
from tooling.toolchain.progress import Reporter

GITHUB = Path(__file__).parent.parent / ".github"
SCRIPTS = Path(sys.executable).parent


def main(arguments: Sequence[str]) -> int:
    """
    Check workflows and return the exit code.

    :param arguments: files to check instead of the workflows of this checkout
    """
    files = list(arguments) or sorted(map(str, (GITHUB / "workflows").glob("*.yml")))
    try:
        actionlint = _actionlint()
    except ToolingError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    checks: tuple[list[str | Path], ...] = (
        [actionlint, "-config-file", GITHUB / "actionlint.yaml", "-shellcheck", SCRIPTS / "shellcheck", "-pyflakes="],
        [SCRIPTS / "zizmor", "--offline", "--no-config", "--strict-collection", "--persona=regular", "-qq"],
    )
    # A list, so that the second check runs even when the first one fails.
    codes = [subprocess.run([*check, *files], check=False).returncode for check in checks]
    return 1 if any(codes) else 0


def _actionlint() -> Path:
    root = cache_root()
    reporter = Reporter()
    build_missing(root, [ACTIONLINT], lambda: find_go(root, reporter), reporter)
    return built(root, ACTIONLINT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
