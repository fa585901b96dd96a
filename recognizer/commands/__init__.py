"""What `python -m recognizer` can do, one file a command."""
