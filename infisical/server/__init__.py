"""The provider as a Pulumi plugin: gRPC over `infisical.handlers`."""
