"""One file a format: how the rows are renamed, and what lies beside them."""
