# SPDX-License-Identifier: Apache-2.0
"""Prints one JSON object per event of a playbook, one a line, so that a reader can follow each host by itself.

Every line begins with {"im": 1, ...}. Events: ok, skipped, failed, unreachable, item, retry. Results are cut at CUT characters; those
of tasks with no_log are never printed. The counts of each host go to the file IM_STATS_FILE at the end.
"""

import json
import os
import sys
import time

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: im_events
type: stdout
short_description: one JSON object per event
description: Prints one JSON object per event, for programs.
"""

CUT = 65536


def shortened(value, length):
    if isinstance(value, (bool, int, float)):
        return value
    text = str(value)
    return text if len(text) <= length else text[:length] + "..."


def changed(result):
    return bool(result._result.get("changed", False))


def shown(result):
    """The result is what the task is for: that of debug, for instance."""
    return bool(result._result.get("_ansible_verbose_always", False))


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "im_events"

    def __init__(self, *args, **kwargs):
        super(CallbackModule, self).__init__(*args, **kwargs)
        self._play = ""

    def _emit(self, event, **values):
        line = {"im": 1, "ev": event, "ts": round(time.time(), 3)}
        line.update(values)
        sys.stdout.write(json.dumps(line, default=str) + "\n")
        sys.stdout.flush()

    def _result(self, result):
        if result._result.get("_ansible_no_log", False):
            return {"censored": "the output has been hidden due to the fact that 'no_log: true' was specified"}
        plain = {k: v for k, v in result._result.items() if not k.startswith("_ansible_") and k not in ("ansible_facts", "invocation")}
        if len(json.dumps(plain, default=str)) <= CUT:
            return plain
        fields = max(len(plain), 1)
        # A character may take six in JSON.
        for share in (CUT // fields, CUT // (6 * fields)):
            cut = {key: shortened(value, max(share, 64)) for key, value in plain.items() if not key.endswith("_lines")}
            cut["im_cut"] = True
            if len(json.dumps(cut)) <= 2 * CUT:
                return cut
        return {"im_cut": True}

    def _outcome(self, event, result, **values):
        self._emit(
            event,
            host=result._host.get_name(),
            play=self._play,
            task=result._task.get_name().strip(),
            res=self._result(result),
            **values
        )

    def v2_playbook_on_play_start(self, play):
        self._play = play.get_name().strip()

    def v2_runner_on_ok(self, result):
        self._outcome("ok", result, changed=changed(result), show=shown(result))

    def v2_runner_on_skipped(self, result):
        self._outcome("skipped", result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._outcome("failed", result, ignored=bool(ignore_errors))

    def v2_runner_on_unreachable(self, result):
        self._outcome("unreachable", result)

    def v2_runner_item_on_ok(self, result):
        self._outcome("item", result, changed=changed(result), show=shown(result))

    def v2_runner_item_on_failed(self, result):
        self._outcome("item", result, failed=True)

    def v2_runner_retry(self, result):
        self._outcome("retry", result)

    def v2_playbook_on_stats(self, stats):
        path = os.environ.get("IM_STATS_FILE")
        if path:
            with open(path, "w") as file:
                json.dump({host: stats.summarize(host) for host in stats.processed}, file)
