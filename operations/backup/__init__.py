"""
Backs up what a lost homelab needs, encrypted: `python -m operations backup`.

A backup is one folder: parts that only its recipients can decrypt, and a manifest without any value. It appears under
its name when it is complete. docs/how-to/back-up.md.
"""

from operations.backup.command import main

__all__ = ["main"]
