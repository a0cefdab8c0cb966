"""`python -m operations report`: each key from its source to the workloads that read it, without a value."""

from operations.report.command import main

__all__ = ["main"]
