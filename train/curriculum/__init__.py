"""What a round trains on, and in which order."""
