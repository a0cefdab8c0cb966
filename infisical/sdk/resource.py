"""The base of all resource classes of this package."""

from __future__ import annotations

import re

import pulumi

from infisical.package import VERSION, token


class Resource(pulumi.CustomResource):
    """
    A resource of this package: properties have Python names in programs, and the provider's names on the wire.

    Pulumi also translates the keys of mappings. The mappings here have slugs as keys, which stay unchanged.
    """

    def __init__(
        self,
        kind: str,
        name: str,
        properties: dict[str, object],
        opts: pulumi.ResourceOptions | None,
        secret_outputs: tuple[str, ...] = (),
    ) -> None:
        super().__init__(token(kind), name, properties, with_version(opts, secret_outputs))

    def translate_input_property(self, prop: str) -> str:
        return re.sub(r"_([a-z])", lambda letter: letter[1].upper(), prop)

    def translate_output_property(self, prop: str) -> str:
        return re.sub(r"(?<=[a-z])([A-Z])", lambda letter: f"_{letter[1].lower()}", prop)


def with_version(opts: pulumi.ResourceOptions | None, secret_outputs: tuple[str, ...] = ()) -> pulumi.ResourceOptions:
    """The options, with the package's version and the secret outputs."""
    own = pulumi.ResourceOptions(version=VERSION, additional_secret_outputs=list(secret_outputs) or None)
    return pulumi.ResourceOptions.merge(own, opts)
