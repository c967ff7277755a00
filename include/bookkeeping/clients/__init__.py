"""The services on both sides: the shop that is read and the books that are written."""
