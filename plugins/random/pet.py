"""
RandomPet: a name that people can remember.

The words are those of the `petname` package, by the author of the Go package that the official
provider uses; the lists differ a little, the form is the same: adverbs, an adjective, a name.
"""

from __future__ import annotations

from plugins.protocol.properties import Properties
from plugins.random.kind import KEEPERS, Attribute, Kind, Type


def generate(values: Properties) -> Properties:
    import petname  # type: ignore[import-untyped]

    name = petname.generate(words=values["length"], separator=values["separator"]).lower()
    return {"id": f"{values['prefix']}{values['separator']}{name}" if values["prefix"] else name}


RANDOM_PET = Kind(
    "RandomPet",
    "A name that people can remember.",
    (
        KEEPERS,
        Attribute("length", Type.WHOLE, "How many words; at least 1.", default=2, minimum=1),
        Attribute("prefix", Type.TEXT, "Put in front, with a separator."),
        Attribute("separator", Type.TEXT, "Between the words.", default="-"),
        Attribute("id", Type.TEXT, "The name.", computed=True),
    ),
    generate=generate,
)
