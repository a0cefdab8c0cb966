"""The rotation under the real engine and on a real cluster."""
