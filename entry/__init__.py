"""Zoped grows verifiable maths problems at the edge of what a small language model can do, and
trains it on them. Its packages are the repository's top-level folders: `zoped.symbolic` is symbolic/."""


def __getattr__(name: str) -> str:
    if name == "__version__":
        from importlib.metadata import version

        return version("zoped")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
