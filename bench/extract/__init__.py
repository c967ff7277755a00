"""Reading a day of a shop: this project and two published clients, side by side."""
