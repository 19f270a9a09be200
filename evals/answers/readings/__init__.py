"""What the texts of answers are beside numbers and closed forms."""
