"""What all components use: options, labels, Kubernetes objects, and values made at random."""
