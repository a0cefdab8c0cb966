"""Waits: until an object is ready, or until it is deleted."""
