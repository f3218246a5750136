"""The sample knowledge base: what its fictional competitors publish, and the demo that ingests it."""
