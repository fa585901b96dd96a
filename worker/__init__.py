"""The hands: tasks that carry work from webapp's tables to recognizer and back."""
