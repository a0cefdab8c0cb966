"""Names are accepted and refused as in Kubernetes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from declaration import kubernetes_names
from tests.declaration import names

RULES = {
    "label_name": (names.is_label, names.LABELS),
    "subdomain_name": (names.is_subdomain, names.SUBDOMAINS),
    "data_key": (names.is_data_key, names.DATA_KEYS),
    "label_key": (names.is_label_key, names.LABEL_KEYS),
    "label_value": (names.is_label_value, names.LABEL_VALUES),
}
EACH_RULE = pytest.mark.parametrize("rule", RULES)


def _check(rule: str) -> Callable[[str], str | None]:
    check: Callable[[str], str | None] = getattr(kubernetes_names, rule)
    return check


@EACH_RULE
@settings(max_examples=150)
@given(data=st.data())
def test_a_valid_name_is_accepted(rule: str, data: st.DataObject) -> None:
    _, valid = RULES[rule]

    assert _check(rule)(data.draw(valid)) is None


@EACH_RULE
@settings(max_examples=150)
@given(data=st.data())
def test_a_nearly_valid_name_is_judged_as_in_kubernetes(rule: str, data: st.DataObject) -> None:
    is_valid, valid = RULES[rule]
    text = data.draw(names.nearly(valid))

    assert (_check(rule)(text) is None) == is_valid(text)


@pytest.mark.parametrize(
    ("rule", "accepted", "refused"),
    [
        ("label_name", "a" * 63, "a" * 64),
        ("label_name", "a-1", "a-"),
        ("label_name", "0", ""),
        ("label_name", "a", "a\n"),
        ("label_name", "a", "A"),
        ("subdomain_name", "a" * 253, "a" * 254),
        ("subdomain_name", "a.b", "a..b"),
        ("subdomain_name", "a.b", "a.b."),
        ("subdomain_name", "a.0", "a.-"),
        ("data_key", "a" * 253, "a" * 254),
        ("data_key", ".a", ".."),
        ("data_key", "a..", "..a"),
        ("data_key", "_", "."),
        ("data_key", "tls.key", "tls/key"),
        ("label_key", "a" * 63, "a" * 64),
        ("label_key", "a" * 253 + "/" + "b" * 63, "a" * 254 + "/b"),
        ("label_key", "a/b", "/b"),
        ("label_key", "a/b", "a/"),
        ("label_key", "a/b", "a/b/c"),
        ("label_key", "a/B", "A/b"),
        ("label_value", "a" * 63, "a" * 64),
        ("label_value", "", "-"),
        ("label_value", "a_b", "a b"),
    ],
)
def test_the_limits_of_each_rule(rule: str, accepted: str, refused: str) -> None:
    assert _check(rule)(accepted) is None
    assert _check(rule)(refused)
