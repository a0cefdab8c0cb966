"""A project and its environments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from infisical.sdk.base.resource import Resource


@dataclass(frozen=True, kw_only=True)
class ProjectArgs:
    """
    `slug` is the project's name in addresses, 5 to 36 characters; `name` is the display name of a new project.

    `environments` has display names by slug, by default `{"prod": "Production"}`. Missing environments are added,
    others are kept.
    """

    slug: pulumi.Input[str]
    name: pulumi.Input[str] | None = None
    environments: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None
    deletion_protection: pulumi.Input[bool] | None = None
    """Whether deleting the project, with every secret in it, is refused; true by default."""


class Project(Resource):
    """
    A project, adopted if the organization has one with this slug; an adopted one is released, and not deleted.

    Its ID, also for an import, is the slug.
    """

    project_id: pulumi.Output[str]
    origin: pulumi.Output[str]
    """`created` or `adopted`."""
    slug: pulumi.Output[str]
    environments: pulumi.Output[Mapping[str, str]]

    def __init__(self, name: str, args: ProjectArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        properties: dict[str, object] = {
            "slug": args.slug,
            "name": args.name,
            "environments": args.environments,
            "deletion_protection": args.deletion_protection,
            "project_id": None,
            "origin": None,
        }
        super().__init__("Project", name, properties, opts)
