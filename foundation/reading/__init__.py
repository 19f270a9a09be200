"""What files of anybody's hold: the rows of data files, the plain values of YAML."""
