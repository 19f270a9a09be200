"""The expression language: a subset of Python's, parsed through a whitelist, exactly evaluated."""
