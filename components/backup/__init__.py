"""The job in the cluster that backs up Infisical's database. docs/how-to/back-up.md."""

from components.backup.database_backup import DatabaseBackup

__all__ = ["DatabaseBackup"]
