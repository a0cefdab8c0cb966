"""
The `random` provider in Python, for machines without the official one.

It has `random:index/randomPassword:RandomPassword`, and answers as version 4.21.4 of the official provider does. It
refuses everything else.
"""

VERSION = "4.21.4"

INSTALL = f"install the official provider: pulumi plugin install resource random {VERSION}"
