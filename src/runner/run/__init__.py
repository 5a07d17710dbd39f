"""Doing what the plan says, and telling of it."""
