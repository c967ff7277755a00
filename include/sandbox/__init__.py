"""A shop on 1C-Bitrix and the books of Kontur on one loopback port, to try the project without an account."""
