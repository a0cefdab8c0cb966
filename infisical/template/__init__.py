"""
The template language of the External Secrets Operator (engine v2): Go's text/template with its functions.

`syntax` reads a template and says what is wrong with it. `rendering` renders the part of the language that it knows
exactly. This package is pure: importing it loads nothing of Pulumi.
"""
