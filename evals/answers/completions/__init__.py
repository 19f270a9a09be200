"""Where the answer stands in a completion: behind thoughts, in boxes, in what a statement claims."""
