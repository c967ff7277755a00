"""`python -m extract.contender NAME JOB`: read a day once, and print as JSON what it brought and cost."""

from __future__ import annotations

import json
import resource
import sys
import time
from importlib import import_module

from extract.job import Job

READERS = {"ours": "extract.ours", "fast_bitrix24": "extract.fast_bitrix", "b24pysdk": "extract.sdk"}
ALONE = "extract.task"
"""What reads a large day, with nobody beside it."""


def main(name: str, job: str) -> None:
    """Read; what it imports is not counted in its seconds."""
    contender = import_module(READERS.get(name, ALONE))
    began = time.monotonic()
    brought = contender.read(Job(**json.loads(job)))
    seconds = time.monotonic() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rows = contender.names_in(brought)
    print(json.dumps({"seconds": seconds, "peak_mb": peak / 1024, "rows": rows}))


if __name__ == "__main__":
    main(*sys.argv[1:])
