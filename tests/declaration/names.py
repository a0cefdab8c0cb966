"""
Kubernetes' rules for names, written independently of the program: character by character.

Sources: apimachinery's validation (IsDNS1123Label, IsDNS1123Subdomain, IsConfigMapKey, IsQualifiedName,
IsValidLabelValue). For each rule there are valid strings, with the longest, and nearly valid ones.
"""

from __future__ import annotations

import string

from hypothesis import strategies as st

LOWER = string.ascii_lowercase + string.digits
ANY = string.ascii_letters + string.digits
ODD = "-._/ \n\tAZé٣ß\x00:*"
"""Characters close to an allowed one, or that look like it; the digit three is Arabic."""


def is_label(text: str) -> bool:
    return 1 <= len(text) <= 63 and all(c in LOWER + "-" for c in text) and text[0] != "-" and text[-1] != "-"


def is_subdomain(text: str) -> bool:
    parts = text.split(".")
    return len(text) <= 253 and all(
        part and all(c in LOWER + "-" for c in part) and part[0] != "-" and part[-1] != "-" for part in parts
    )


def is_data_key(text: str) -> bool:
    return 1 <= len(text) <= 253 and all(c in ANY + "-._" for c in text) and text != "." and text[:2] != ".."


def _is_qualified(text: str) -> bool:
    return 1 <= len(text) <= 63 and all(c in ANY + "-._" for c in text) and text[0] in ANY and text[-1] in ANY


def is_label_key(text: str) -> bool:
    match text.split("/"):
        case [name]:
            return _is_qualified(name)
        case [prefix, name]:
            return prefix != "" and is_subdomain(prefix) and _is_qualified(name)
        case _:
            return False


def is_label_value(text: str) -> bool:
    return text == "" or _is_qualified(text)


def _text(alphabet: str, longest: int) -> st.SearchStrategy[str]:
    """Mostly short strings, and strings around the longest allowed one."""
    short = st.text(alphabet, min_size=1, max_size=8)
    long = st.tuples(short, st.integers(longest - 1, longest)).map(lambda t: (t[0] * t[1])[: t[1]])
    return st.one_of(short, short, short, long)


LABELS = _text(LOWER + "-", 63).filter(is_label)
SUBDOMAINS = st.one_of(
    LABELS, st.lists(LABELS, min_size=2, max_size=5).map(".".join).filter(is_subdomain), st.just("a" * 253)
)
DATA_KEYS = _text(ANY + "-._", 253).filter(is_data_key)
QUALIFIED = _text(ANY + "-._", 63).filter(_is_qualified)
LABEL_KEYS = st.one_of(QUALIFIED, st.tuples(SUBDOMAINS, QUALIFIED).map("/".join))
LABEL_VALUES = st.one_of(st.just(""), QUALIFIED)


def nearly(valid: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Strings one step from a valid one: with an inserted character, or too long. Some are valid."""
    odd = st.sampled_from(ODD)
    inserted = st.tuples(valid, odd, st.integers(0, 300)).map(lambda t: t[0][: t[2]] + t[1] + t[0][t[2] :])
    grown = st.tuples(valid, st.sampled_from([63, 64, 253, 254])).map(lambda t: (t[0] + "a" * t[1])[: t[1]])
    return st.one_of(inserted, grown, st.text(LOWER + ODD, max_size=5))
