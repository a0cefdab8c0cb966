"""The program reads its stack file: only that shows a value which is unencrypted next to encrypted ones."""

from __future__ import annotations

from pathlib import Path

import pulumi
import pytest

from tests.components.program import run
from tests.declaration.stack_config import VALUES, stack_file

KEY = "GITHUB_TOKEN"


def test_an_unencrypted_value_next_to_encrypted_ones_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [f"    {key}: {value if key == KEY else '{secure: v1:AAAA}'}" for key, value in VALUES.items()]
    text = "\n".join(["config:", "  homelab:values:", *lines])
    (tmp_path / "Pulumi.homelab.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(pulumi.RunError) as raised:
        run({**stack_file(), "values": VALUES})

    assert f"homelab:values.{KEY}\n    found:    an unencrypted value" in str(raised.value)
    assert str(raised.value).count("an unencrypted value") == 1
    assert VALUES[KEY] not in str(raised.value)
