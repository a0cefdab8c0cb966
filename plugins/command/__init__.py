"""
The `command` provider in Python, for machines without the official one.

`local.Command`, `remote.Command` over SSH and the function `local.run`, as version 1.2.1 of
the official provider answers. `remote.CopyToRemote` and `remote.CopyFile` are refused.
"""

VERSION = "1.2.1"
