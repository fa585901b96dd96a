"""What can be written. The same as the reader's (recognizer.symbols), which the site does not load; a test compares."""

DIGITS = "0123456789"
SIGNS = ".,-/:+%"
ALPHABET = DIGITS + SIGNS  # in the order of a mark's probabilities; what was read before there were signs has ten
WRITTEN = ALPHABET + " \n"  # what an answer is made of
