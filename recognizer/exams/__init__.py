"""Frozen exams that the project draws itself, on paper of their own: the same seed gives the same pictures.

What they are made of is the caller's choice: MNIST's test digits where a model is scored, its validation digits where
something is chosen. Nothing here is shared with what a training does to digits.
"""
