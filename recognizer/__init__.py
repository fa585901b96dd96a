"""Pictures in, numbers out; models in, better models out."""
