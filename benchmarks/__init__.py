"""What is measured, beside what a user would do instead. `make benchmark`, `make ingest-report`."""
