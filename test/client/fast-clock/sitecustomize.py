"""The client pauses 30 s between two looks at an infrastructure; in the tests a pause takes a hundredth of that."""

import time

_sleep = time.sleep


def _short_sleep(seconds):
    _sleep(seconds / 100)


time.sleep = _short_sleep
