"""The report on runs: one page of HTML that carries all its data and asks for nothing."""
