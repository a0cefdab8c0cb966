"""
The `command` provider in Python, for machines without the official one.

It has `command:local:Command`, and answers as version 1.2.1 of the official provider does. It refuses everything else.
"""

VERSION = "1.2.1"

INSTALL = f"install the official provider: pulumi plugin install resource command {VERSION}"
