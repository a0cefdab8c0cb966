"""
Checks of GitHub's workflows: `python -m sandbox.workflows [FILE…]`, by default all in .github/workflows.

actionlint knows the syntax, the expressions and, through shellcheck, the scripts; zizmor knows what can be abused. Both
work offline. The exit code: 0 when neither finds anything, 1 when one does or cannot be had.
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
    The exit code.

    :param arguments: files to check in place of the checkout's own
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
    # Both run, whatever the first one finds.
    codes = [subprocess.run([*check, *files], check=False).returncode for check in checks]
    return 1 if any(codes) else 0


def _actionlint() -> Path:
    root = cache_root()
    reporter = Reporter()
    build_missing(root, [ACTIONLINT], lambda: find_go(root, reporter), reporter)
    return built(root, ACTIONLINT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
