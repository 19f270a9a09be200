"""What the DSPy modules share: predictors of your signature, `forward` and `aforward`, saved states."""
