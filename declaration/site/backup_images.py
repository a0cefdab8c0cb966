"""The images of the job that backs up the database. Renovate updates these lines."""

from __future__ import annotations

from typing import Final

AGE: Final = "docker.io/jauderho/age:v1.3.1"
"""age publishes no image of its own. This one has nothing but its programs, built from its releases."""

RCLONE: Final = "docker.io/rclone/rclone:1.73.0"

POSTGRES_16: Final = "docker.io/library/postgres:16.11"
POSTGRES_17: Final = "docker.io/library/postgres:17.7"
POSTGRES_18: Final = "docker.io/library/postgres:18.1"
"""Debian, with gpg. psql restores a dump surely only into a server that is as new as the pg_dump that wrote it."""


def postgres_of_chart(version: str) -> str:
    """The image of the PostgreSQL that a version of Bitnami's chart installs."""
    major = int(version.partition(".")[0])
    return POSTGRES_18 if major >= 18 else POSTGRES_17 if major >= 16 else POSTGRES_16
