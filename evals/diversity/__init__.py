"""How varied a set of problems is: structures, sub-domains, moves, words and meanings."""

from zoped.evals.diversity.measure import Diversity, Item, diversity, load_items
from zoped.evals.diversity.taxonomy import LEAVES, leaves_of

__all__ = ["LEAVES", "Diversity", "Item", "diversity", "leaves_of", "load_items"]
