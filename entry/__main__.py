"""`python -m zoped` is the command `zoped`."""

from zoped.cli.main import main

if __name__ == "__main__":
    main()
