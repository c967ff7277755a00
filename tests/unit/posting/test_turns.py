"""As many writes at once as the books take, and not one more after a failure."""

import threading
import time

import pytest

from bookkeeping.posting.turns import SILENCES, Silence, in_parallel


class Crowd:
    """Counts how many work at the same moment."""

    def __init__(self):
        self.lock, self.now, self.most, self.done = threading.Lock(), 0, 0, []

    def work(self, thing):
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.01)
        with self.lock:
            self.now -= 1
            self.done.append(thing)


@pytest.mark.parametrize("at_once", [1, 2, 4])
def test_everything_is_done_so_many_at_a_time(at_once):
    crowd = Crowd()

    in_parallel(crowd.work, range(20), at_once)

    assert sorted(crowd.done) == list(range(20))
    assert crowd.most == at_once


@pytest.mark.parametrize("at_once", [1, 3])
def test_after_a_failure_nothing_more_is_begun_and_what_was_begun_is_ended(at_once):
    begun, ended = [], []

    def work(thing):
        begun.append(thing)
        if thing == 4:
            raise ConnectionError("the books are down")
        time.sleep(0.02)
        ended.append(thing)

    with pytest.raises(ConnectionError):
        in_parallel(work, range(100), at_once)

    assert len(begun) <= 4 + at_once
    assert sorted([*ended, 4]) == sorted(begun)


def test_one_at_a_time_is_done_right_here():
    threads = set()

    in_parallel(lambda _: threads.add(threading.current_thread()), range(3), 1)

    assert threads == {threading.current_thread()}


def test_only_silences_in_a_row_count():
    silence = Silence()
    heard = [silence.hear(answered=answered) for answered in [False, False, True, False, False, False]]

    assert heard == [False] * 5 + [True]
    assert SILENCES == 3
