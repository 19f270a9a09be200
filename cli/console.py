"""The display of the commands: zoped.foundation.display, which the optimizers' scripts share."""

from zoped.foundation.display import ConsoleProgress, _Lines

__all__ = ["ConsoleProgress", "_Lines"]
