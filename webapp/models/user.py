from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """A person who hands in pictures, or staff. Our own from the start, since a user table cannot be swapped later."""
