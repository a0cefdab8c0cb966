from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tooling.errors import StackError
from tooling.stack.config import StackFile, derive, derive_stack_file

SECURE = {"secure": "v1:abc:def"}

KEYS = st.sampled_from(["homelab:a", "homelab:b", "homelab:c"])
VALUES = st.integers(0, 2).map(str) | st.fixed_dictionaries({"x": st.integers(0, 2)})
CONFIGS = st.dictionaries(KEYS, VALUES)


def written(*files: StackFile) -> list[tuple[int, int]]:
    """Identify the current versions of the files: each write changes this, even with the same content."""
    return [(file.path.stat().st_ino, file.path.stat().st_mtime_ns) for file in files]


@pytest.mark.parametrize(
    ("homelab", "sandbox", "last", "expected"),
    [
        pytest.param({"k": 1}, {}, {}, {"k": 1}, id="at first everything is the homelab's"),
        pytest.param({"k": 2}, {"k": 1}, {"k": 1}, {"k": 2}, id="an edit of the homelab arrives"),
        pytest.param({"k": 1, "n": 2}, {"k": 1}, {"k": 1}, {"k": 1, "n": 2}, id="a new key of the homelab arrives"),
        pytest.param({}, {"k": 1}, {"k": 1}, {}, id="a key that the homelab gave up goes"),
        pytest.param({"k": 1}, {"k": 9}, {"k": 1}, {"k": 9}, id="what the user set stays"),
        pytest.param({"k": 2}, {"k": 9}, {"k": 1}, {"k": 9}, id="what the user set stays when the homelab changes too"),
        pytest.param({}, {"k": 9}, {"k": 1}, {"k": 9}, id="what the user set stays when the homelab gives it up"),
        pytest.param({"k": 1}, {}, {"k": 1}, {}, id="what the user removed stays removed"),
        pytest.param({"k": 1}, {"k": 1, "own": 5}, {"k": 1}, {"k": 1, "own": 5}, id="a key of the user's own stays"),
        pytest.param({"k": 1}, {"k": 1, "s": SECURE}, {"k": 1}, {"k": 1, "s": SECURE}, id="secrets set here stay"),
        pytest.param({"k": 1, "s": SECURE}, {}, {}, {"k": 1}, id="secrets of the homelab are not copied"),
        pytest.param({"k": {"a": SECURE, "b": 1}}, {}, {}, {"k": {"b": 1}}, id="nor those inside a value"),
        pytest.param({"k": [SECURE, 1]}, {}, {}, {"k": [1]}, id="nor those inside a list"),
        pytest.param({"k": True}, {"k": "true"}, {"k": True}, {"k": True}, id="pulumi converts a boolean to a string"),
        pytest.param({"k": 3}, {"k": "3"}, {"k": 3}, {"k": 3}, id="and a number"),
    ],
)
def test_each_key_has_the_users_or_the_homelabs_value(
    homelab: dict[str, Any], sandbox: dict[str, Any], last: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert derive(homelab, sandbox, last).config == expected


def test_skipped_and_kept_keys_are_reported() -> None:
    homelab = {"homelab:s": SECURE, "homelab:apps": {"web": {"keys": [SECURE]}}, "homelab:k": 1}

    derived = derive(homelab, {"homelab:k": 2}, {"homelab:k": 1})

    assert derived.left_out == ("homelab:s", "homelab:apps.web.keys[0]")
    assert derived.kept == ("homelab:k",)


@settings(deadline=None)
@given(first=CONFIGS, second=CONFIGS, users=st.dictionaries(KEYS, VALUES | st.none(), max_size=2))
def test_a_second_derivation_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory,
    first: dict[str, Any],
    second: dict[str, Any],
    users: dict[str, Any],
) -> None:
    """A second run writes nothing; the user's changes are kept, and all other keys are the homelab's."""
    folder = tmp_path_factory.mktemp("derive")
    homelab, sandbox, last = (StackFile(folder / name) for name in ("homelab", "sandbox", "last"))
    homelab.write({"config": first})
    derive_stack_file(homelab, sandbox, last)
    edited = {**sandbox.config(), **users}
    sandbox.write({**sandbox.read(), "config": {key: value for key, value in edited.items() if value is not None}})
    homelab.write({"config": second})
    derive_stack_file(homelab, sandbox, last)
    after = written(sandbox, last)

    derive_stack_file(homelab, sandbox, last)

    assert written(sandbox, last) == after
    for key in {*first, *second, *users}:
        expected = users[key] if users.get(key, first.get(key)) != first.get(key) else second.get(key)
        if key in users and key not in first and users[key] is None:
            expected = second.get(key)
        assert sandbox.config().get(key) == expected


def test_the_sandbox_keeps_its_own_encryption(tmp_path: Path) -> None:
    homelab, sandbox, last = (StackFile(tmp_path / name) for name in ("homelab", "sandbox", "last"))
    homelab.write({"encryptionsalt": "v1:homelab", "secretsprovider": "awskms://", "config": {"k": 1}})
    sandbox.write({"encryptionsalt": "v1:sandbox", "config": {"s": SECURE}})

    derive_stack_file(homelab, sandbox, last)

    assert sandbox.read() == {"encryptionsalt": "v1:sandbox", "config": {"k": 1, "s": SECURE}}


def test_a_lost_file_is_recreated(tmp_path: Path) -> None:
    homelab, sandbox, last = (StackFile(tmp_path / name) for name in ("homelab", "sandbox", "last"))
    homelab.write({"config": {"k": 1}})
    derive_stack_file(homelab, sandbox, last)
    sandbox.path.unlink()

    derive_stack_file(homelab, sandbox, last)

    assert sandbox.config() == {"k": 1}


def test_the_homelabs_file_is_never_written(tmp_path: Path) -> None:
    homelab = StackFile(tmp_path / "Pulumi.homelab.yaml")
    homelab.path.write_text("# a comment\nconfig:\n  homelab:k:   1\n")
    homelab.path.chmod(0o444)
    before = homelab.path.read_bytes(), written(homelab)

    derive_stack_file(homelab, StackFile(tmp_path / "sandbox"), StackFile(tmp_path / "last"))

    assert (homelab.path.read_bytes(), written(homelab)) == before


def test_the_derived_file_has_a_header(tmp_path: Path) -> None:
    homelab, sandbox = StackFile(tmp_path / "homelab"), StackFile(tmp_path / "sandbox")
    homelab.write({"config": {"k": "ä: # 1"}})

    derive_stack_file(homelab, sandbox, StackFile(tmp_path / "last"))

    text = sandbox.path.read_text()
    assert text.startswith("# Derived from Pulumi.homelab.yaml. Each `make up` updates it.\n")
    assert yaml.safe_load(text) == {"config": {"k": "ä: # 1"}}
    assert sandbox.path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("config: [1]", "config: found list, expected a mapping"),
        ("a: b: c", "invalid YAML at line 1"),
        ("config:\n  a: 1\n  a: 2", "in line 2 and again in line 3"),
        ("- 1", "found list"),
    ],
)
def test_a_file_that_is_not_a_stack_config_is_refused(tmp_path: Path, content: str, reason: str) -> None:
    homelab = StackFile(tmp_path / "Pulumi.homelab.yaml")
    homelab.path.write_text(content)

    with pytest.raises(StackError, match=reason) as caught:
        derive_stack_file(homelab, StackFile(tmp_path / "sandbox"), StackFile(tmp_path / "last"))

    assert str(homelab.path) in str(caught.value)


def test_a_missing_homelab_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"Pulumi\.homelab\.yaml not found"):
        derive_stack_file(
            StackFile(tmp_path / "Pulumi.homelab.yaml"), StackFile(tmp_path / "sandbox"), StackFile(tmp_path / "last")
        )
