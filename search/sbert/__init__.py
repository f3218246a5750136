"""What only sentence-transformers can: it and torch are imported here and nowhere else."""
