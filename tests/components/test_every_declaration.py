"""The program registers every valid declaration, in both modes, and Infisical's provider accepts it."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from infisical.handlers.base.fields import Failure
from infisical.handlers.registry import HANDLERS
from infisical.package import token
from infisical.properties import Properties
from tests.components.answers import Secret
from tests.components.program import Run, run
from tests.declaration.apps import Apps, declarations
from tests.declaration.stack_config import MODES

FOLDERS = st.sampled_from(["/", "/apps", "/a-b/C_d"])
PROJECT_SLUGS = st.sampled_from(["homel", "home-lab-2", "x" * 36])
ENVIRONMENT_SLUGS = st.sampled_from(["p", "staging-2", "x" * 64])


@st.composite
def _homelabs(draw: st.DrawFn, mode: str) -> dict[str, Any]:
    """A stack config with any apps, slugs, folders, and values for keys that may have one."""
    apps: Apps = draw(declarations())
    config = MODES[mode]()
    config["store"] |= {
        "projectSlug": draw(PROJECT_SLUGS),
        "environmentSlug": draw(ENVIRONMENT_SLUGS),
        "secretsPath": draw(FOLDERS),
        "folderPerApp": draw(st.booleans()),
    }
    sources = {key: declared["source"] for app in apps.values() for key, declared in app["keys"].items()}
    settable = sorted(key for key, source in sources.items() if source != "manual")
    if config["store"]["folderPerApp"]:
        settable = sorted(
            f"{app}/{key}" for app, declared in apps.items() for key in declared["keys"] if key in settable
        )
    if mode == "managed" and settable:
        values = st.text("abcXYZ019 {}\"'$\\", min_size=1).map(str.strip).filter(bool)
        config["values"] = draw(st.dictionaries(st.sampled_from(settable), values))
    return {**config, "apps": apps}


def _plain(value: Any) -> Any:
    match value:
        case Secret():
            return _plain(value.value)
        case dict():
            return {key: _plain(item) for key, item in value.items()}
        case list():
            return [_plain(item) for item in value]
        case _:
            return value


def _refusals(done: Run) -> list[Failure]:
    return [
        failure
        for found in done.registrations.values()
        if found.type.startswith("infisical:")
        for failure in HANDLERS[found.type].check(Properties(_plain(found.inputs)))
    ]


def _assert_registered(done: Run, config: dict[str, Any]) -> None:
    assert len(done.of_type("ExternalSecret")) == len(config["apps"])
    assert _refusals(done) == []


def _assert_every_checked_key_is_seeded_or_may_be_missing(done: Run) -> None:
    seeded = {
        f"{it.inputs['path'].rstrip('/')}/{it.inputs['name']}"
        for it in done.of_type("infisical:Secret")
        if "value" in it.inputs
    }
    for delivery in done.of_type("infisical:Delivery"):
        for address in delivery.inputs["keys"].values():
            assert (address in seeded) != (address.rpartition("/")[2] in delivery.inputs["optionalKeys"])


@settings(max_examples=15)
@given(data=st.data())
def test_every_valid_homelab_is_registered_and_each_key_has_a_value_or_may_be_missing(data: st.DataObject) -> None:
    config = data.draw(_homelabs("managed"))

    done = run(config)

    _assert_registered(done, config)
    assert len(done.of_type("infisical:Delivery")) == len(config["apps"])
    _assert_every_checked_key_is_seeded_or_may_be_missing(done)


@settings(max_examples=8)
@given(data=st.data())
def test_every_valid_homelab_that_is_set_up_by_hand_is_registered(data: st.DataObject) -> None:
    config = data.draw(_homelabs("manual"))

    done = run(config)

    _assert_registered(done, config)
    assert done.of_type("infisical:Delivery") == []


def test_the_provider_refuses_an_invalid_input() -> None:
    """Otherwise the test above could not fail."""
    assert list(HANDLERS[token("Folder")].check(Properties({"projectId": "p", "environment": "e", "path": "apps"})))
