"""What the teacher reads about the student on a problem: "solved 3 of 8 times: about right"."""

from __future__ import annotations

TOO_HARD, HARD, RIGHT, EASY, TOO_EASY = "too hard", "hard", "about right", "easy", "too easy"
# By verdict, from the hardest on.
LEVELS = {TOO_HARD: "too hard", HARD: "hard", RIGHT: "right", EASY: "easy", TOO_EASY: "easy"}


def level(note: str) -> str:
    """ "too hard", "hard", "right" or "easy", by the verdict that the note ends with; ""
    without one. What is solved always and what is solved nearly always want the same changes."""
    return LEVELS.get(note.rpartition(": ")[2], "")
