"""The process of a Pulumi plugin: serving gRPC, the engine's log. It needs the packages of requirements.txt only."""
