"""Who works and what each does right now, for staff."""
