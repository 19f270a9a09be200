"""The embedded reader: how it is asked, and the lines that it reads and writes."""
