"""Cards and answers → the site. Imports kb and search, never ingest."""
