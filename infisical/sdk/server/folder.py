"""A folder of an environment."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from infisical.sdk.base.resource import Resource


@dataclass(frozen=True, kw_only=True)
class FolderArgs:
    """`path` starts with '/', such as `/apps/web`. Missing parents are created."""

    project_id: pulumi.Input[str]
    environment: pulumi.Input[str]
    path: pulumi.Input[str]


class Folder(Resource):
    """
    A folder, adopted with its values if it exists. Deleting the resource releases an adopted folder. A folder that the
    stack created is removed if it is empty; otherwise it is kept, with a warning.

    Its ID is `<project ID>/<environment>/<path>`. An import also accepts the project's slug.
    """

    folder_id: pulumi.Output[str]
    origin: pulumi.Output[str]
    """`created` or `adopted`."""
    path: pulumi.Output[str]

    def __init__(self, name: str, args: FolderArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        properties: dict[str, object] = {
            "project_id": args.project_id,
            "environment": args.environment,
            "path": args.path,
            "folder_id": None,
            "origin": None,
        }
        super().__init__("Folder", name, properties, opts)
