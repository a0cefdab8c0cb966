"""The kubernetes provider for Namespaces, Secrets, ConfigMaps and custom resources, with the official state format."""
