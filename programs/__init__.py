
from zoped.programs.seeds import Seed, SeedError, SeedFault, builtin_seeds, check_seeds, load_seeds

__all__ = ["Seed", "SeedError", "SeedFault", "builtin_seeds", "check_seeds", "load_seeds"]
