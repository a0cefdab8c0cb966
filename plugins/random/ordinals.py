"""RandomInteger and RandomShuffle: a number out of a range, an order of a list; both repeatable by a seed."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator

from plugins.protocol.properties import UNKNOWN, Properties
from plugins.random.go_random import GoRandom
from plugins.random.kind import KEEPERS, Attribute, Kind, Type

WHOLE = re.compile(r"[+-]?[0-9]{1,19}")


def generate_integer(values: Properties) -> Properties:
    least, most, seed = values["min"], values["max"], values["seed"]
    size = most - least + 1
    result = least + (GoRandom.of(seed).below(size) if seed else secrets.randbelow(size))
    return {"result": result, "id": str(result)}


def check_integer(inputs: Properties) -> Iterator[tuple[str, str]]:
    least, most = inputs["min"], inputs["max"]
    if None not in (least, most) and UNKNOWN not in (least, most) and most < least:
        yield (
            "min",
            "Create Random Integer Error."
            " The minimum (min) value needs to be smaller than or equal to maximum (max) value",
        )


def restore_integer(id: str) -> Properties:
    parts = id.split(",")
    if len(parts) not in (3, 4) or not all(WHOLE.fullmatch(part) and abs(int(part)) < 2**63 for part in parts[:3]):
        message = "the import id is result,min,max or result,min,max,seed, with whole numbers of 64 bits"
        raise ValueError(message)
    result, least, most = (int(part) for part in parts[:3])
    seed = parts[3] if len(parts) == 4 else None
    return {"id": parts[0], "result": result, "min": least, "max": most, "seed": seed, "keepers": {}}


def generate_shuffle(values: Properties) -> Properties:
    given = values["inputs"]
    count = values["resultCount"] or len(given)
    results: list[str] = []
    source = GoRandom.of(values["seed"]) if values["seed"] else None
    while given and len(results) < count:
        order = source.permutation(len(given)) if source else _permutation(len(given))
        results += [given[index] for index in order]
    return {"results": results[:count], "id": "-"}


def _permutation(size: int) -> list[int]:
    order = list(range(size))
    secrets.SystemRandom().shuffle(order)
    return order


RANDOM_INTEGER = Kind(
    "RandomInteger",
    "A random whole number.",
    (
        KEEPERS,
        Attribute("max", Type.WHOLE, "The greatest number that may be drawn.", required=True),
        Attribute("min", Type.WHOLE, "The smallest number that may be drawn.", required=True),
        Attribute("seed", Type.TEXT, "The same seed draws the same number."),
        Attribute("result", Type.WHOLE, "The number.", computed=True),
        Attribute("id", Type.TEXT, "The number in decimal digits.", computed=True),
    ),
    generate=generate_integer,
    check=check_integer,
    restore=restore_integer,
)

RANDOM_SHUFFLE = Kind(
    "RandomShuffle",
    "A list's items in random order.",
    (
        KEEPERS,
        Attribute("inputs", Type.TEXTS, "The items.", required=True),
        Attribute(
            "resultCount",
            Type.WHOLE,
            "How many items to give; as many as there are, if not said. More than there are begins anew.",
            minimum=0,
        ),
        Attribute("seed", Type.TEXT, "The same seed gives the same order."),
        Attribute("results", Type.TEXTS, "The items in random order.", computed=True),
        Attribute("id", Type.TEXT, "Always `-`.", computed=True),
    ),
    generate=generate_shuffle,
    renamed={"inputs": "input", "results": "result"},
)
