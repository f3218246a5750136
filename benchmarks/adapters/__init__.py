"""Trains what ships in search/adapters: `python -m benchmarks.adapters buyer`, `… judge` and `… reader`."""
