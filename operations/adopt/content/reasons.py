"""Why a field of an ExternalSecret differs."""

from __future__ import annotations

import re
from typing import Final

_REASONS: Final = (
    ("spec.target.deletionPolicy", "the program always retains the Secret when a key is missing in Infisical"),
    ("spec.target.creationPolicy", "the declaration has Owner, Merge, Orphan and CreateOrMerge"),
    ("spec.refreshPolicy", "the declaration has only periods; `refreshInterval: 0s` reads again after each change"),
    (r"spec.dataFrom\[.*extract", "the declaration reads all properties of one value, in this form, from no store"),
    (
        r"spec.dataFrom\[.*recursive",
        "the program's store reads one folder; if no folder is below it, --with-differences gives the same Secret",
    ),
    (r"spec.data.*generatorRef", "a generator makes new values, so nothing in use can be adopted: declare it by hand"),
    (
        r"spec.dataFrom\[.*find.path",
        "what `path` means depends on the operator's release; use a store of that folder",
    ),
    ("spec.target.template.templateFrom", "the declaration has only templates in the ExternalSecret itself"),
    ("spec.target.template.engineVersion", "the declaration has only templates of the engine v2"),
    (r"the Secret's (label|annotation)", "the declaration has only texts here"),
)


def reason_of(path: str) -> str:
    found = next((reason for pattern, reason in _REASONS if re.match(pattern, path)), "")
    return found or "the declaration has no field for it"
