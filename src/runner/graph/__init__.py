"""Who reads whom: order, and the language that picks a part of it."""
