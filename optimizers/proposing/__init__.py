"""Where candidates come from: demonstrations, instructions and strategies that a reflecting model writes, critique."""
