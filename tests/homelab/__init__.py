"""The whole program on a cluster. A package, so that its clusters end with its last test."""
