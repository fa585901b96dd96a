"""Evidence to the probability that a text is right."""
