"""The provider as a Pulumi plugin: the SDK's provider class over `infisical.handlers`."""
