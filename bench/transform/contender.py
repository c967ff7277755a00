"""`python -m transform.contender WHO JOB FOLDER`: do a job once, and print as JSON what it gave and cost."""

from __future__ import annotations

import json
import resource
import sys
import time
from importlib import import_module
from pathlib import Path

MODULES = {"ours": "transform.ours", "reference": "transform.plain", "DuckDB": "transform.duck"}


def main(who: str, job: str, folder: str) -> None:
    """Do it; what it imports is not counted in its seconds, but in its memory."""
    work = getattr(import_module(MODULES[who]), job)
    began = time.monotonic()
    outcome = work(Path(folder))
    seconds = time.monotonic() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"seconds": seconds, "peak_mb": peak / 1024, "outcome": outcome}))


if __name__ == "__main__":
    main(*sys.argv[1:])
