"""
Recovers a backup on a second sandbox, and compares every app's Secret with the backup: `python -m drill`.

It reads the backup and the apps' files, and never the owner's cluster, state or stack file. docs/how-to/back-up.md.
"""
