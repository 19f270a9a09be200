"""Symbols in English by rules, and checks of texts that others wrote."""
