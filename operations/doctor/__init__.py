"""`python -m operations doctor`: what is wrong between the declaration and the apps' Secrets, and how to fix it."""

from operations.doctor.command import main

__all__ = ["main"]
