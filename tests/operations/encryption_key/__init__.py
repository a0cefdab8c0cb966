"""The rotation of ENCRYPTION_KEY. A package, so that its homelab ends with its last test."""
