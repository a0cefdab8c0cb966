"""The Kubernetes API, as far as proving a delivery needs it: read a few objects, annotate two of them."""
