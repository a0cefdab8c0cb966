"""What every resource class adds to the options that it is given."""

from __future__ import annotations

import pulumi

from infisical.package import VERSION


def with_defaults(
    opts: pulumi.ResourceOptions | None, *, secret_outputs: tuple[str, ...] = ()
) -> pulumi.ResourceOptions:
    """The options with the package's version and the outputs that are secret."""
    own = pulumi.ResourceOptions(version=VERSION, additional_secret_outputs=list(secret_outputs) or None)
    return pulumi.ResourceOptions.merge(own, opts)
