"""When two typed answers are the same: by value, in the form that was asked for."""
