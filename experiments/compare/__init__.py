"""Policies side by side in the same worlds: what is run, and how it is made comparable."""
