"""The name and version that the resource classes and the plugin share."""

from typing import Final

NAME: Final = "infisical"
VERSION: Final = "0.1.0"


def token(kind: str) -> str:
    """The type token of a resource class, such as `infisical:index:Secret`."""
    return f"{NAME}:index:{kind}"
