"""Property paths as Pulumi writes them: `spec.tags[1]`, `data["a.b"]`."""

from __future__ import annotations

import re

Path = tuple[str | int, ...]


def path_text(path: Path) -> str:
    """A path as a string."""
    written = ""
    for part in path:
        if isinstance(part, int):
            written += f"[{part}]"
        elif re.search(r'[."\[\]]', part):
            quoted = part.replace('"', '\\"')
            written += f'["{quoted}"]'
        else:
            written += f".{part}" if written else part
    return written


PROPERTY_PATH = re.compile(r'\["((?:[^"\\]|\\.)*)"\]|\[(\*|\d+)\]|\.?([^.\[]+)')


def parse_path(written: str) -> Path:
    """The inverse of `path_text`; `*` matches any key or index."""
    return tuple(
        int(index) if index.isdigit() else index or name or quoted.replace('\\"', '"')
        for quoted, index, name in PROPERTY_PATH.findall(written)
    )


def covers(ignored: Path, path: Path) -> bool:
    """Whether a change at `path` is at or below `ignored`."""
    return len(ignored) <= len(path) and all(a in ("*", b) for a, b in zip(ignored, path, strict=False))
