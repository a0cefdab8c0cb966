"""The provider's calls: configuration, check, create, read, update and delete."""
