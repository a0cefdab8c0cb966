"""An immutable key can be renamed or retired. Its value is never lost, and no message advises to unprotect it."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.engine.homelab import OfflineHomelab
from tests.pulumi_state import unmarked

OLD, NEW = "PAPERLESS_KEY", "PAPERLESS_SECRET_KEY"
GENERATED = {"source": "generate", "kind": "hex", "size": 32, "immutable": True}


@pytest.fixture(scope="module")
def homelab(homelab: OfflineHomelab) -> OfflineHomelab:
    homelab.config["homelab:apps"]["paperless"] = {"namespace": "paperless", "keys": {OLD: GENERATED}}
    homelab.up()
    return homelab


def paperless(homelab: OfflineHomelab) -> dict[str, Any]:
    app: dict[str, Any] = homelab.config["homelab:apps"]["paperless"]
    return app


def seeded(homelab: OfflineHomelab) -> dict[str, str]:
    """Without the keys that get no first value."""
    found = [each["inputs"] for each in homelab.resources("infisical:index:Secret").values()]
    return {inputs["name"]: unmarked(inputs["value"]) for inputs in found if "value" in inputs}


@pytest.mark.parametrize("edit", ["key renamed", "app removed", "source changed"])
def test_a_change_that_would_lose_the_value_is_refused_in_the_preview(homelab: OfflineHomelab, edit: str) -> None:
    before, declared = seeded(homelab), copy.deepcopy(homelab.config)
    match edit:
        case "key renamed":
            paperless(homelab)["keys"] = {NEW: GENERATED}
        case "app removed":
            del homelab.config["homelab:apps"]["paperless"]
        case _:
            paperless(homelab)["keys"] = {OLD: {"source": "config", "immutable": True}}

    preview, update = homelab.preview(), homelab.run("up", "--yes", "--skip-preview")
    homelab.config = declared

    for done in (preview, update):
        shown = done.stdout + done.stderr
        assert done.returncode != 0
        assert f"{OLD} is immutable, and the value in use" in shown or f"`renamedFrom: {OLD}`" in shown
        assert "unprotect" not in shown
        assert "`protect`" not in shown
    assert seeded(homelab) == before


def test_a_renamed_key_keeps_its_value(homelab: OfflineHomelab) -> None:
    value = homelab.generated(OLD)
    paperless(homelab)["keys"] = {NEW: {**GENERATED, "renamedFrom": OLD}}

    preview = homelab.preview()
    homelab.up()

    assert preview.returncode == 0, preview.stdout + preview.stderr
    assert homelab.generated(NEW) == value
    assert homelab.resources("RandomPassword")[NEW]["protect"]
    assert OLD not in homelab.resources("RandomPassword")
    assert seeded(homelab)[NEW] == value
    assert OLD not in seeded(homelab)


def test_after_the_rename_the_earlier_name_can_be_forgotten(homelab: OfflineHomelab) -> None:
    value = homelab.generated(NEW)
    paperless(homelab)["keys"] = {NEW: GENERATED}

    done = homelab.run("up", "--yes", "--skip-preview", "--expect-no-changes")

    assert done.returncode == 0, done.stdout + done.stderr
    assert homelab.generated(NEW) == value


def test_a_retired_app_has_no_secret_and_keeps_its_values(homelab: OfflineHomelab) -> None:
    before = seeded(homelab)
    paperless(homelab)["retired"] = True

    homelab.up()

    assert seeded(homelab) == before
    for kind in ("ExternalSecret", "Delivery"):
        assert list(homelab.resources(kind)) == ["monitoring/grafana-secret"]
    assert "paperless" not in homelab.outputs()["apps"]
    assert NEW not in homelab.outputs()["rotations"]


def test_an_app_that_comes_back_gets_the_same_values(homelab: OfflineHomelab) -> None:
    before = seeded(homelab)
    del paperless(homelab)["retired"]

    homelab.up()

    assert seeded(homelab) == before
    assert "paperless/paperless-secret" in homelab.resources("ExternalSecret")


def test_a_retired_key_leaves_the_secret_of_its_app(homelab: OfflineHomelab) -> None:
    before = seeded(homelab)
    paperless(homelab)["keys"] = {NEW: {**GENERATED, "retired": True}, "PAPERLESS_ADMIN": {"source": "manual"}}

    homelab.up()

    assert seeded(homelab)[NEW] == before[NEW]
    spec = homelab.resources("ExternalSecret")["paperless/paperless-secret"]["inputs"]["spec"]
    assert [entry["secretKey"] for entry in spec["data"]] == ["PAPERLESS_ADMIN"]
