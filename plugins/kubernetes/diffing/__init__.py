"""The difference between a live object and new inputs."""
