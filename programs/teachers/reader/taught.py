"""The strategies that the embedded reader has learnt to carry out (train/teacher/realized.py)."""

TAUGHT = (
    "area_from_length", "arithmetic_sequence", "ask_backwards", "ask_difference", "ask_ratio",
    "average_target", "best_choice", "cases", "chain_step", "count_ways", "couple_unknowns",
    "given_from_step", "inverse_proportion", "irrelevant_numbers", "leftover_rounding",
    "longer_chain", "make_quadratic", "nest_substitution", "number_to_rate", "pythagoras", "race",
    "recursion", "remainder_conditions", "repeated_growth", "share_of_rest", "simpler",
    "square_root", "sum_and_difference", "three_unknowns", "to_abstract", "told_in_words",
    "two_branches", "two_offers", "undo_percent",
)  # fmt: skip
# Of these, what is told in good words where it is carried out as it was taught (telling.py).
TOLD = (
    "area_from_length", "arithmetic_sequence", "average_target", "couple_unknowns",
    "nest_substitution", "number_to_rate", "pythagoras", "race", "recursion", "repeated_growth",
    "square_root", "sum_and_difference", "three_unknowns", "to_abstract",
)  # fmt: skip
