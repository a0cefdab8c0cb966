"""
The provider without a server: for previews on a state that is thrown away.

It is a separate plugin and not a setting of the real one: a stack uses it only if the project file names this folder.
It refuses states that the real one has written.
"""
