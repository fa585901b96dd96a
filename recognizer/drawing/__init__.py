"""What models learn from and the project draws itself: pens, signs, paper, light, and what is no number."""
