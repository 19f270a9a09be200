"""The lab: arms, students and random seeds, each combination a run of its own, and what came of it."""
