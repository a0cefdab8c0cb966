"""One value of a file."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Given:
    """
    :param where: its place in the file, such as `line 3`; empty if only the name says it
    :param folder: its folder in Infisical, if the file says it
    """

    name: str
    value: str = field(repr=False)
    where: str = ""
    folder: str = ""

    def __str__(self) -> str:
        return f"{self.name} ({self.where})" if self.where else self.name
