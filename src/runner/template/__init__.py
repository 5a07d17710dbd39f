"""Jinja templates: pass 1 finds what a template reads, pass 2 renders its SQL."""
