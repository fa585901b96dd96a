"""Models in, better models out: MNIST, lessons, networks, recipes, trainings."""
