"""Reading a final answer out of a text, and comparing it with the right one."""
