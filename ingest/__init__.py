"""The outside world → release notes on disk. Imports kb, never search or publish.

bytes ─ fetch ─→ blocks (text, html, feed) ─ segment ─→ entries ─ note ─→ ReleaseNote ─ run ─→ docs/
"""
