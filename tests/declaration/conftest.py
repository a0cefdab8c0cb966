"""The declarations that properties change."""

from __future__ import annotations

import pytest

from tests.declaration.apps import prepare


@pytest.fixture(scope="session")
def declarations_prepared() -> None:
    """Draw them before a property needs one."""
    prepare()
