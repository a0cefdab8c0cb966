"""From Infisical to the apps: the store, the ExternalSecrets, and the delivery checks."""
