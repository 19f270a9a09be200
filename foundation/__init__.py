"""What every layer stands on: errors that speak to the person, files that are whole, JSON Lines.

Knows nothing of mathematics or of language models.
"""
