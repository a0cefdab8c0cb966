"""Who can decrypt a backup, and how."""
