"""Jobs: what an operator runs. Each takes its resources and returns what it did."""
