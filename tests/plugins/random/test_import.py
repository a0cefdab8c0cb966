"""An import takes the password from the id, and shows no difference afterwards."""

from __future__ import annotations

import bcrypt
import pytest

from tests.plugins.random.service import Service
from tooling.plugin.properties import Secret, reveal

ALLOWED = {"lower": True, "number": True, "numeric": True, "special": True, "upper": True}
MINIMUMS = {"minLower": 0, "minNumeric": 0, "minSpecial": 0, "minUpper": 0}


@pytest.mark.parametrize(("password", "length"), [("throw-away", 10), ("ünlike", 7)])
async def test_an_import_takes_the_password_from_the_id(service: Service, password: str, length: int) -> None:
    id, outputs, inputs = await service.read(password)

    assert id == "none"
    assert inputs == {"length": length, **ALLOWED}
    expected = {**inputs, **MINIMUMS, "id": "none", "result": password}
    assert expected.items() <= reveal(outputs).items()
    assert await service.diff(outputs, inputs) == ([], [])


async def test_an_imported_password_is_secret_and_has_a_matching_hash(service: Service) -> None:
    _, outputs, _ = await service.read("throw-away")

    assert isinstance(outputs["result"], Secret)
    assert isinstance(outputs["bcryptHash"], Secret)
    assert bcrypt.checkpw(b"throw-away", outputs["bcryptHash"].value.encode())
