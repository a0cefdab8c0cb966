"""What is wrong only between two apps: the later one of the file is named."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.declaration.apps import Apps
from tests.declaration.mutations.basics import Draw, at


def two_apps_that_write_one_secret(draw: Draw, apps: Apps, first: str, second: str) -> set[str]:
    apps[second]["namespace"] = apps[first]["namespace"]
    apps[second]["secretName"] = apps[first].get("secretName", f"{first}-secret")
    apps[second]["createNamespace"] = False
    return at(second, "secretName")


def two_owners_of_one_namespace(_: Draw, apps: Apps, first: str, second: str) -> set[str]:
    for app in apps.values():
        app["createNamespace"] = False
    for name in (first, second):
        apps[name] |= {"namespace": "owned-twice", "createNamespace": True}
    return at(second, "createNamespace")


def two_declarations_of_one_remote_key(draw: Draw, apps: Apps, first: str, second: str) -> set[str]:
    different: list[dict[str, Any]] = [
        {"source": "manual"},
        {"source": "config"},
        {"source": "manual", "immutable": True},
        {"source": "generate", "kind": "hex", "size": 16},
        {"source": "generate", "kind": "hex", "size": 17},
        {"source": "generate", "kind": "base64", "size": 16},
    ]
    different += [{"source": "config", "changeCommand": "true"}, {"source": "config", "rotateEveryDays": 90}]
    one, other = draw(st.permutations(different))[:2]
    apps[first]["keys"]["SHARED_KEY"], apps[second]["keys"]["SHARED_KEY"] = dict(one), dict(other)
    return at(second, "keys", "SHARED_KEY")


BETWEEN = (two_apps_that_write_one_secret, two_owners_of_one_namespace, two_declarations_of_one_remote_key)
