"""Our optimizers and DSPy's on one task at one price: `python -m zoped.optimizers.compare`."""
