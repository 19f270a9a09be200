"""Evaluating a student: all benchmarks' answers at once, kept, and the numbers they come to."""
