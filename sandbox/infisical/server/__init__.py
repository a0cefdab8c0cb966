"""The HTTP side of the fake Infisical server: routing, request fields, and faults that tests order."""
