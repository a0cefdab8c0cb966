"""
Replaces the ENCRYPTION_KEY of Infisical if it is compromised: `python -m operations rotate-encryption-key`.

Infisical cannot read its database with a different key. So the new key gets an empty database, and every value of the
project is carried over. The old database is set aside and never dropped: docs/how-to/rotate-encryption-key.md.
"""

from operations.encryption_key.command import main

__all__ = ["main"]
