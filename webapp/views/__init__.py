"""One file a page or a noun. A view fetches, validates, acts, answers; the rules are the models'."""
