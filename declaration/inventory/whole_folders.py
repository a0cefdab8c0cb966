"""`dataFrom`: a Secret gets all keys of a folder, or all properties of a key of another store."""

from __future__ import annotations

from declaration.inventory.secret_keys import folder_of_keys
from declaration.problems import Problem, shown
from declaration.section import Section
from infisical.whole_folder import WholeFolder, pattern, replacement


def parse_whole_folders(section: Section, other_store: str) -> tuple[WholeFolder, ...]:
    """:param other_store: the store that the Secret reads, if this program does not manage it; empty if it does"""
    folders = section.mapping("dataFrom", "{/shared/postgres: {include: ^PG_}}", optional=True)
    if section.fields.get("dataFrom") == {}:
        section.problem("dataFrom", "no folder", "at least one folder", "add a folder, or remove `dataFrom`")
    return tuple(_parse(path, fields, other_store) for path, fields in folders.mappings("{include: ^PG_}"))


def _parse(path: str, section: Section, other_store: str) -> WholeFolder:
    for name in ("include", "exclude") if other_store else ():
        if name in section.fields:
            found = f"a value, although the keys come from the {other_store}"
            section.problem(name, found, "no value: all properties of the key are delivered", f"remove `{name}`")
    if not other_store and (expected := folder_of_keys(path)):
        section.problems.append(Problem(section.path, f"the folder {shown(path)}", expected, "correct the path"))
    include, exclude = (_pattern(section, name) for name in ("include", "exclude"))
    source = target = ""
    section.skip("rename")
    if "rename" in section.fields:
        rename = section.mapping("rename", "{source: ^PG_(.*)$, target: $1}")
        source = rename.string("source", check=pattern, example="^PG_(.*)$")
        # An empty target removes what matches the pattern.
        empty = rename.fields.get("target") == ""
        rename.skip("target")
        target = "" if empty else rename.string("target", example="DB_$1")
        if source and not pattern(source) and (expected := replacement(source, target)):
            rename.problem("target", shown(target), expected, "write, for example, `target: DB_${1}`")
        rename.close()
    section.close()
    return WholeFolder(path, include, exclude, source, target)


def _pattern(section: Section, name: str) -> str:
    section.skip(name)
    return section.string(name, check=pattern, example="^PG_") if name in section.fields else ""
