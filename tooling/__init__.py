"""What operations and sandbox share: the tool chain, pulumi and its workspace, kubectl, processes, private files."""
