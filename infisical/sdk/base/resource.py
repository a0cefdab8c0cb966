"""The base of all resource classes of this package."""

from __future__ import annotations

import inspect
import re

import pulumi

from infisical.package import VERSION, token
from infisical.sdk.base.stack_trace import without_stack_trace


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
        # An Output for each input without a value would only cost time. The class annotates its outputs.
        outputs = inspect.get_annotations(type(self))
        used = {
            key: value
            for key, value in properties.items()
            if value is not None or self.translate_output_property(key) in outputs
        }
        with without_stack_trace():
            super().__init__(token(kind), name, used, with_version(opts, secret_outputs))

    def translate_input_property(self, prop: str) -> str:
        return re.sub(r"_([a-z])", lambda letter: letter[1].upper(), prop)

    def translate_output_property(self, prop: str) -> str:
        return re.sub(r"(?<=[a-z])([A-Z])", lambda letter: f"_{letter[1].lower()}", prop)


def with_version(opts: pulumi.ResourceOptions | None, secret_outputs: tuple[str, ...] = ()) -> pulumi.ResourceOptions:
    """The options, with the package's version and the secret outputs."""
    own = pulumi.ResourceOptions(version=VERSION, additional_secret_outputs=list(secret_outputs) or None)
    return pulumi.ResourceOptions.merge(own, opts)
