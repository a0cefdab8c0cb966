"""A stack that reaches nothing: its folder, its throw-away secrets, its providers."""
