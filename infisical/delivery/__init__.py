"""
The delivery check: whether an app's Secret holds what Infisical holds.

`ExpectedSecret` says what must be there. An `Observation` is what is there. `evaluate` compares the two into
`Findings`. `DeliveryCheck` waits for good findings, and `report` explains a failure to the user.
"""
