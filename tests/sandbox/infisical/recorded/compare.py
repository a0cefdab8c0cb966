"""
Whether an answer is the recorded one.

Everything must be equal, except what is new in each run: ids, tokens, client secrets, time stamps, request ids, random
slugs. Those must have the same form, and repeat where the recording repeats them.
"""

from __future__ import annotations

from typing import Any

from tests.sandbox.infisical.client import Answer
from tests.sandbox.infisical.recorded.exchange import Exchange
from tests.sandbox.infisical.recorded.names import RANDOM_SLUG, REQUEST_ID, SECRET, STAMP, TOKEN, UUID, Names

# The real server counts logins with a delay, the fake at once.
NOT_COMPARED = ("clientSecretNumUses",)
KINDS = (UUID, TOKEN, SECRET, RANDOM_SLUG)


def differences(exchange: Exchange, answer: Answer, names: Names) -> list[str]:
    """Return one line for each difference; remembers new names."""
    found = [] if answer.status == exchange.status else [f"status: {exchange.status} was recorded, not {answer.status}"]
    recorded, present = exchange.answer, answer.body
    if exchange.method == "POST" and exchange.path.endswith("/batch/raw") and exchange.status == 200:
        # The order of the database, which the real server does not guarantee.
        present = {"secrets": sorted(present["secrets"], key=lambda each: each["secretKey"], reverse=True)}
    return found + _headers(exchange, answer) + _value(recorded, present, names, "")


def _headers(exchange: Exchange, answer: Answer) -> list[str]:
    found = []
    for name, recorded in exchange.answer_headers.items():
        present = answer.headers.get(name)
        same = present is not None and len(present) == len(recorded) if name == "etag" else present == recorded
        if not same:
            found.append(f"header {name}: {recorded!r} was recorded, not {present!r}")
    return found


def _value(recorded: Any, present: Any, names: Names, where: str) -> list[str]:
    if isinstance(recorded, dict) and isinstance(present, dict):
        keys = [f"{where}.{key}: not answered" for key in recorded.keys() - present.keys()]
        keys += [f"{where}.{key}: not recorded" for key in present.keys() - recorded.keys()]
        both = [key for key in recorded if key in present]
        return keys + [line for key in both for line in _value(recorded[key], present[key], names, f"{where}.{key}")]
    if isinstance(recorded, list) and isinstance(present, list):
        if len(recorded) != len(present):
            return [f"{where}: {len(recorded)} were recorded, not {len(present)}"]
        pairs = enumerate(zip(recorded, present, strict=True))
        return [line for index, (one, other) in pairs for line in _value(one, other, names, f"{where}[{index}]")]
    if type(recorded) is not type(present):
        return [f"{where}: {type(recorded).__name__} was recorded, not {type(present).__name__}"]
    if isinstance(recorded, str) and _same_text(recorded, present, names, where):
        return []
    if recorded == present or where.rpartition(".")[2] in NOT_COMPARED:
        return []
    return [f"{where}: {recorded!r} was recorded, not {present!r}"]


def _same_text(recorded: str, present: str, names: Names, where: str) -> bool:
    if names.present(recorded) == present:
        return True
    if STAMP.fullmatch(recorded):
        return STAMP.fullmatch(present) is not None
    if where == ".reqId":
        return REQUEST_ID.fullmatch(present) is not None
    if where.endswith(".clientSecretPrefix"):
        return len(recorded) == len(present)
    kind = next((each for each in KINDS if each.fullmatch(recorded)), None)
    # A renewed token is a new one.
    return (
        kind is not None and kind.fullmatch(present) is not None and (names.learn(recorded, present) or kind is TOKEN)
    )
