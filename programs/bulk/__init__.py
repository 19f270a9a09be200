"""Problems by the million: random walks over operators, in shards that survive a kill."""
