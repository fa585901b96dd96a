"""What is stored, shown and asked for."""
