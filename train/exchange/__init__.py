"""What goes between Zoped and other trainers: problems in one form, out and in."""
