"""One machine runs it all: Airflow, its PostgreSQL and the sandbox, without Docker."""
