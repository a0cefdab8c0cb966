"""
Mutations of a valid declaration of apps. Each breaks one rule and returns the paths that must be reported.

A mutation changes one app in place. It may first add what it then breaks. `SECRET` is a value that no message may show.
"""

from tests.declaration.mutations.basics import DATE, NOT_A_MAPPING, ROOT, SECRET, Mutation
from tests.declaration.mutations.between import BETWEEN
from tests.declaration.mutations.contents import CONTENTS
from tests.declaration.mutations.secrets import SECRETS
from tests.declaration.mutations.shapes import SHAPES

ALONE: tuple[Mutation, ...] = (*SHAPES, *CONTENTS, *SECRETS)
"""Those that one app is enough for."""

__all__ = ["ALONE", "BETWEEN", "DATE", "NOT_A_MAPPING", "ROOT", "SECRET", "Mutation"]
