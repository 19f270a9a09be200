"""From relations to an exact answer with a proof: backends, workers with limits, worked steps."""
