"""The objects that the fake Infisical server keeps: how routes find, add and show them."""
