"""What the provider does for each kind of resource: one module for each, all of them a `Handler`."""
