"""The options that a component gives to its children."""

from __future__ import annotations

from typing import Any

import pulumi


def after(*resources: pulumi.Resource) -> pulumi.ResourceOptions:
    """The options of a resource that waits for these resources, and is deleted before them."""
    return pulumi.ResourceOptions(depends_on=list(resources))


def child_options(
    parent: pulumi.ComponentResource, opts: pulumi.ResourceOptions | None, **more: Any
) -> pulumi.ResourceOptions:
    """
    The options of a component's child, with what the component itself depends on.

    Pulumi waits for a component's dependencies but does not record them with its children:
    without this, `destroy` would delete a store before the ExternalSecrets that use it.
    """
    depends_on = opts.depends_on if opts else None
    return pulumi.ResourceOptions.merge(
        pulumi.ResourceOptions(parent=parent, depends_on=depends_on), pulumi.ResourceOptions(**more)
    )
