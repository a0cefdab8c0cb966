"""What both sides of the provider agree on: the program's resource classes and the plugin."""

from typing import Final

NAME: Final = "infisical"
VERSION: Final = "0.1.0"


def token(kind: str) -> str:
    """The type token of a kind of resource, such as `infisical:index:Secret`."""
    return f"{NAME}:index:{kind}"
