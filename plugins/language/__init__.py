"""The Python language host: what the engine asks about, and how it runs, programs and plugins written in Python."""
