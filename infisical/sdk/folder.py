"""A folder of an environment."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from infisical.sdk.resource import Resource


@dataclass(frozen=True, kw_only=True)
class FolderArgs:
    """The folder's `path` starts with '/', such as `/apps/web`; folders on the way to it are made, too."""

    project_id: pulumi.Input[str]
    environment: pulumi.Input[str]
    path: pulumi.Input[str]


class Folder(Resource):
    """
    A folder. Deleting it removes it only while it is empty, else it is kept with a warning.

    Its id is `<project id>/<environment>/<path>`; to import it, the project's slug serves, too.
    """

    folder_id: pulumi.Output[str]
    path: pulumi.Output[str]

    def __init__(self, name: str, args: FolderArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        properties: dict[str, object] = {
            "project_id": args.project_id,
            "environment": args.environment,
            "path": args.path,
            "folder_id": None,
        }
        super().__init__("Folder", name, properties, opts)
