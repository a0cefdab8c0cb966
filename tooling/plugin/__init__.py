"""
The process of a Pulumi plugin: gRPC, property values, the engine's log.

It needs the packages of requirements.txt only.
"""
