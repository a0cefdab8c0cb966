"""`assetPaths` and `archivePaths`: the files that a command leaves."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from plugins.command.assets import file_archive
from plugins.command.globs import BadPattern, compile_glob
from plugins.protocol.properties import ARCHIVE_SIGNATURE, ASSET_SIGNATURE, Properties, Special
from tests.plugins.command.service import Service

MAKE = "mkdir -p sub/deep; printf alpha > a.txt; printf 'beta\\n' > sub/b.txt; printf no > sub/deep/secret.txt"


def asset(path: Path, text: str) -> Special:
    return Special(ASSET_SIGNATURE, {"hash": hashlib.sha256(text.encode()).hexdigest(), "path": str(path)})


async def test_assets_are_the_files_that_the_patterns_name(service: Service, tmp_path: Path) -> None:
    state = await service.create(create=MAKE, dir=str(tmp_path), assetPaths=["**.txt", "!**secret*"])

    assert state["assets"] == {
        "a.txt": asset(tmp_path / "a.txt", "alpha"),
        "sub/b.txt": asset(tmp_path / "sub/b.txt", "beta\n"),
    }
    assert "archive" not in state


async def test_an_archive_holds_the_files_and_has_pulumis_hash(service: Service, tmp_path: Path) -> None:
    state = await service.create(create=MAKE, dir=str(tmp_path), archivePaths=["*.txt", "sub/*"])

    archive = state["archive"]
    assert archive.signature == ARCHIVE_SIGNATURE
    assert archive.fields["assets"] == {
        "a.txt": asset(tmp_path / "a.txt", "alpha"),
        "sub/b.txt": asset(tmp_path / "sub/b.txt", "beta\n"),
    }
    # The sum that Go's archive/tar gives for these names and contents.
    assert archive.fields["hash"] == "d53a39ceba92144d4943c99c79e1bd567a2f32ddf8f77cdb5fdc62b200065ef5"


def test_an_empty_archive_has_a_hash_too() -> None:
    assert file_archive({}).fields["hash"] == "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"


def test_a_name_that_needs_more_than_a_plain_header_leaves_the_hash_to_the_engine(tmp_path: Path) -> None:
    path = tmp_path / "ü"
    path.write_text("x")

    assert "hash" not in file_archive({"ü": str(path)}).fields


async def test_files_of_the_run_before_stay_until_new_ones_are_found(service: Service, tmp_path: Path) -> None:
    state = await service.create(create=MAKE, dir=str(tmp_path), assetPaths=["a.txt"])

    kept = await service.update(state, {"create": "true", "dir": str(tmp_path)})
    found = await service.update(state, {"create": "true", "dir": str(tmp_path), "assetPaths": ["sub/*"]})

    assert kept["assets"] == state["assets"]
    assert found["assets"].keys() == {"sub/b.txt"}


async def test_a_bad_pattern_is_named(service: Service, tmp_path: Path) -> None:
    error = await service.failure(create="true", dir=str(tmp_path), assetPaths=["a[b"])

    assert "the command succeeded, its files could not be read: pattern 'a[b': a [ is not closed" in error


@pytest.mark.parametrize(
    ("pattern", "matches", "misses"),
    [
        ("*.js", ["a.js", ".js"], ["d/a.js", "a.jsx"]),
        ("**.js", ["a.js", "d/e/a.js"], ["a.ts"]),
        ("src/**", ["src/a", "src/d/a"], ["src", "x/src/a"]),
        ("?.t", ["a.t"], ["/.t", "ab.t"]),
        ("[ab].t", ["a.t", "b.t"], ["c.t"]),
        ("[!ab].t", ["c.t"], ["a.t"]),
        ("[a-c].t", ["b.t"], ["d.t", "-.t"]),
        ("[!a-c].t", ["d.t"], ["b.t"]),
        ("{a,b*}.t", ["a.t", "bx.t"], ["c.t"]),
        ("{a,{b,c}}.t", ["a.t", "b.t", "c.t"], ["{.t"]),
        ("a\\*.t", ["a*.t"], ["ab.t"]),
        ("a,b}.t", ["a,b}.t"], ["a.t"]),
        ("a+(b).t", ["a+(b).t"], ["aab.t"]),
    ],
)
def test_patterns(pattern: str, matches: list[str], misses: list[str]) -> None:
    glob = compile_glob(pattern)

    assert [path for path in matches + misses if glob.fullmatch(path)] == matches


@pytest.mark.parametrize("pattern", ["[", "[]", "{a", "a\\", "[c-a]"])
def test_a_pattern_that_cannot_be_read_is_refused(pattern: str) -> None:
    with pytest.raises(BadPattern, match="pattern "):
        compile_glob(pattern)


async def test_files_that_cannot_be_read_fail_the_command(service: Service, tmp_path: Path) -> None:
    inputs: Properties = {"create": "ln -s nowhere broken", "dir": str(tmp_path), "assetPaths": ["*"]}

    assert "broken" in await service.failure(**inputs)
