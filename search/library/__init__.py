"""What only the libraries can: sentence-transformers and torch are imported here and nowhere else."""
