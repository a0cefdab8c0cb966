"""The folders that hold backups, and what is in them."""
