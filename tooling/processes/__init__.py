"""Processes of this machine: started, tied to this one, and ended by pid."""
