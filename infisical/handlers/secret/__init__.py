"""The handler of Secret, and its rules for values that are rotated or never change."""
