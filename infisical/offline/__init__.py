"""
The provider without a server: for a preview on a state that is thrown away, where there is none to ask.

It is a plugin of its own, in a folder of its own, and no setting of the other one: a stack uses it only where the
project file names this folder. It takes part in no state that the other one has written.
"""
