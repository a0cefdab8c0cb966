"""Backups of a homelab with a fake Infisical, a real PostgreSQL, real gpg and real age."""
