"""The phases of a round, and what they share."""
