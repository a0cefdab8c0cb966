"""
A real PostgreSQL server, in place of the one that Infisical's chart installs.

Its programs come with a Python package: a machine that reaches only package registries has no others.
"""

from sandbox.postgres.server import Postgres, PostgresError

__all__ = ["Postgres", "PostgresError"]
