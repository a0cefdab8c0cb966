"""
The kubernetes provider in Python, for machines without the official one.

It manages Namespaces, Secrets, ConfigMaps, PersistentVolumeClaims, CronJobs and custom resources, and answers as the
official provider does, in its state format. It refuses everything else.
"""

VERSION = "4.34.2"
"""The release of the official provider that this one answers as."""

INSTALL = f"install the official provider: pulumi plugin install resource kubernetes {VERSION}"
