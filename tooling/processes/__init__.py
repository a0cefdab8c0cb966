"""Processes of this machine: start them, tie them to this process, and end them by pid."""
