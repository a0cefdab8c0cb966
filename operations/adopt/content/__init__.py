"""What an ExternalSecret means, independent of how it is written."""
