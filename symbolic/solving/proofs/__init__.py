"""Exact mathematics that the backends prove their answers with: roots, optima, elimination."""
