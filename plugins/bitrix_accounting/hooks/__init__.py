"""From an Airflow connection to a client: the hooks know connections and nothing of the APIs."""
