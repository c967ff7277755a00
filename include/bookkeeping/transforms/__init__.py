"""From frames of orders to the documents and money that are due: pure functions, no HTTP, no SQL."""
