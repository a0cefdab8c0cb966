"""The layout of a backup: what `operations backup` and the job in the cluster both write."""

from __future__ import annotations

from typing import Final

FORMAT: Final = "homelab backup 1"
MANIFEST: Final = "manifest.json"
DATABASE: Final = "database.sql.gz"
AGE_SUFFIX: Final = ".age"
GPG_SUFFIX: Final = ".gpg"

OF_THE_DATABASE: Final = "-database"
"""Follows the stack's name in the name of a backup that the job has written. Each keeps only backups of its kind."""

PG_DUMP_OPTIONS: Final = ("--no-password", "--encoding=UTF8")
"""In addition to the place of the database."""
