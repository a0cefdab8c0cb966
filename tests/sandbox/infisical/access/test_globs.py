from __future__ import annotations

import pytest

from sandbox.infisical.access import globs


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("/**", "/"),
        ("/**", "/a/b"),
        ("/apps/**", "/apps"),
        ("/apps/**", "/apps/web/deep"),
        ("/apps/*", "/apps/web"),
        ("/{apps,more}/web", "/more/web"),
        ("/app?", "/apps"),
        ("/a.b", "/a.b"),
        ("/", "/"),
    ],
)
def test_a_matching_path(pattern: str, path: str) -> None:
    assert globs.matches(pattern, path)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("/apps/**", "/apps2"),
        ("/apps/**", "/"),
        ("/apps/*", "/apps/web/deep"),
        ("/apps/*", "/apps"),
        ("/apps", "/apps/web"),
        ("/a.b", "/axb"),
        ("/", "/apps"),
        ("/{apps,more}", "/less"),
    ],
)
def test_a_path_that_does_not_match(pattern: str, path: str) -> None:
    assert not globs.matches(pattern, path)
