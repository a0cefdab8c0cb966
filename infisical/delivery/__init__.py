"""
Proving that one app's Secret holds what was declared.

A `Declaration` says what should be there, a `Look` sees what is, a `Verdict` says what is wrong with it, and a
`report` says it to the user. Nothing here waits; that is the resource's part.
"""
