"""The path patterns of permission conditions: `*` within a segment, `**` across segments, `?`, `{a,b}`."""

from __future__ import annotations

import functools
import re


def matches(pattern: str, path: str) -> bool:
    """Whether the pattern matches the whole path: `/apps/**` also matches `/apps`, and `/**` matches every path."""
    return _compiled(pattern).fullmatch(path) is not None


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    tail = pattern.endswith("/**")
    expression, depth = "", 0
    for token in re.findall(r"\*\*|.", pattern.removesuffix("/**") if tail else pattern):
        match token:
            case "**":
                expression += ".*"
            case "*":
                expression += "[^/]*"
            case "?":
                expression += "[^/]"
            case "{":
                expression, depth = expression + "(?:", depth + 1
            case "}" if depth:
                expression, depth = expression + ")", depth - 1
            case "," if depth:
                expression += "|"
            case _:
                expression += re.escape(token)
    return re.compile(expression + ")" * depth + ("(?:/.*)?" if tail else ""), re.DOTALL)
