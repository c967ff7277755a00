"""Several processes at one ledger at the same moment: run with how many, told on stdin what each shall do."""

import json
import multiprocessing
import sys
import time

from bookkeeping.ledger import SharedLimit, SyncLedger, open_engine

# Forked from this script, which has no threads: only it pays for the imports, and each opens its own ledger.
processes = multiprocessing.get_context("fork")
together = processes.Barrier(int(sys.argv[1]))


def open_(url):
    """Open the ledger as every task does; return the revision that it then has."""
    together.wait()
    with open_engine(url).connect() as connection:
        return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars().all()


def claim(url, keys):
    """Claim all keys in turn; return those that were won."""
    ledger = SyncLedger(open_engine(url), run="claim")
    together.wait()
    return [key for key in keys if ledger.claim(key)]


def expire(url):
    """Call lapsed attempts unknown; return how many."""
    ledger = SyncLedger(open_engine(url), run="expire")
    together.wait()
    return ledger.expire()


def take(url, rate, burst, seconds):
    """Take places of a shared limit for some seconds; return when this began and when each place came."""
    limit = SharedLimit(open_engine(url), "books", rate=rate, burst=burst)
    together.wait()
    began, came = time.time(), []
    while time.time() < began + seconds:
        with limit():
            came.append(time.time())
    return began, came


JOBS = {"open": open_, "claim": claim, "expire": expire, "take": take}


def main():
    asked = json.load(sys.stdin)
    with processes.Pool(together.parties) as pool:
        pending = [
            pool.apply_async(JOBS[asked["job"]], [asked["url"]], asked["arguments"])
            for _ in range(together.parties)
        ]
        json.dump([each.get() for each in pending], sys.stdout)


if __name__ == "__main__":
    main()
