"""How the embedded teacher was made: its training data and its fine-tuning (docs/embedded-teacher.md)."""
