"""What the mutations share: values of wrong types, and changes of one app."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from tests.declaration import names
from tests.declaration.apps import SIZES, Apps

SECRET = "canary-VaLuE-of-a-secret"
ROOT = "homelab:apps"
PLAIN_KEY = {"source": "manual"}

Draw = Callable[[st.SearchStrategy[Any]], Any]
Mutation = Callable[[Draw, Apps, str], set[str]]

DATE = datetime.date(2026, 11, 22)
NOT_A_MAPPING = st.sampled_from([SECRET, [SECRET], [{SECRET: SECRET}], 20261122, 1.5, True, None, "", DATE])
NOT_A_STRING = st.sampled_from([0, 20261122, 1.5, True, False, None, [SECRET], {SECRET: SECRET}, DATE, ""])
NOT_A_BOOLEAN: st.SearchStrategy[object] = st.sampled_from(["true", "yes", "no", "", 0, 1, None, ["true"], {}, DATE])
NOT_AN_INTEGER: st.SearchStrategy[object] = st.sampled_from(["16", "", 16.0, 16.5, True, None, [16], {}, DATE])
NOT_A_LIST: st.SearchStrategy[object] = st.sampled_from(["A", "", 1, True, None, {"A": "B"}, DATE, []])
NOT_A_FIELD_NAME = st.sampled_from([5, 1.5, True, False, None, DATE])

REQUIRED = ("namespace", "keys")
OPTIONAL = {
    "createNamespace": False,
    "secretName": "spare",
    "labels": {"a": "b"},
    "literals": {"spare": "text"},
    "restarts": ["deployment/spare"],
}


def at(*parts: str) -> set[str]:
    return {".".join((ROOT, *parts))}


def some_key(draw: Draw, apps: Apps, app: str) -> str:
    return str(draw(st.sampled_from(sorted(apps[app]["keys"]))))


def own_key(apps: Apps, app: str, fields: dict[str, Any] | None = None) -> str:
    """Add a key that no other app reads, with its own key of the Secret."""
    name = f"OWN_KEY_{list(apps).index(app)}"
    apps[app]["keys"][name] = dict(fields or PLAIN_KEY)
    return name


def generated_key(draw: Draw, apps: Apps, app: str) -> str:
    kind = draw(st.sampled_from(sorted(SIZES)))
    return own_key(apps, app, {"source": "generate", "kind": kind, "size": draw(st.integers(*SIZES[kind]))})


def rename(mapping: dict[Any, Any], old: Any, new: Any) -> None:
    """Give a field another name, in its place."""
    items = [(new if key == old else key, value) for key, value in mapping.items()]
    mapping.clear()
    mapping.update(items)


def invalid(draw: Draw, valid: st.SearchStrategy[str], is_valid: Callable[[str], bool]) -> str:
    return str(draw(names.nearly(valid).filter(lambda text: text != "" and not is_valid(text))))


def misspelling(draw: Draw, word: str) -> str:
    at = draw(st.integers(1, len(word) - 2))
    dropped, doubled = word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:]
    swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return str(draw(st.sampled_from(sorted({dropped, doubled, swapped} - {word}))))
