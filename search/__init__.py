"""Cards → passages → index → answers. Imports kb, never ingest or publish."""
