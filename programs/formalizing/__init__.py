"""Formalizing until it is right: tried again, judged for coincidence, and kept."""
