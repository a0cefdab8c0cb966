"""The provider as a Pulumi plugin: the SDK's provider classes over the kinds in `infisical.handlers`."""
