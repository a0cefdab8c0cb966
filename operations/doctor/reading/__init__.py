"""Reads what the steps evaluate, at the same time where possible. It changes nothing."""
