"""The library: from a shop's orders to documents, money and their place in the books, without Airflow."""
