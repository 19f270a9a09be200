"""How a round's problems come about: by operators or a teacher, chosen, unfiltered, or in words."""
