"""One module for each step: it evaluates what the readers observed, and reads nothing itself."""
