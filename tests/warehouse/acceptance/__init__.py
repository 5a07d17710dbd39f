"""The acceptance rows of the specification, each by its number: its query on the demo shop, against a second computation."""
