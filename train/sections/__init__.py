"""The sections of a configuration that several parts of a run read."""
