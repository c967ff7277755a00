"""From a staged day to sums and documents: this project, the plain way, and DuckDB, side by side."""
