"""Hooks, tasks and pages: what Airflow itself has to see."""
