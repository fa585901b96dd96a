"""A mark to probabilities: into MNIST's frame, through the networks, and again where they doubt."""
