"""Compiled loops: arrays in, ``out`` filled, no objects, no randomness of their own."""
