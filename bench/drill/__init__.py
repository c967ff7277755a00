"""Killing workers between a write and the note of its id, and counting what then stands in the books."""
