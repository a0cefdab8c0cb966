"""What every plugin shares: property values, errors, the gRPC server, the engine's log."""
