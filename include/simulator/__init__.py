"""The promises under fire: seeded histories of faults, crashes and runs at once, in virtual time."""
