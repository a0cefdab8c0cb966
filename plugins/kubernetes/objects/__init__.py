"""Kubernetes objects as data, without a cluster: kinds, names, canonical form, secret marks, state."""
