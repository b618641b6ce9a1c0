# SPDX-License-Identifier: Apache-2.0
"""Prints one JSON object per event of a playbook, one a line, so that a reader can follow each host by itself.

Every line begins with {"im": 1, ...}. Events: play, task, ok, skipped, failed, unreachable, item, retry, stats. Results are cut at
CUT characters; those of tasks with no_log are never printed.
"""

import json
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


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "im_events"

    def _emit(self, event, **values):
        values.update({"im": 1, "ev": event, "ts": round(time.time(), 3)})
        sys.stdout.write(json.dumps(values, default=str) + "\n")
        sys.stdout.flush()

    def _result(self, result):
        if result._result.get("_ansible_no_log", False):
            return {"censored": "the output has been hidden due to the fact that 'no_log: true' was specified"}
        plain = {k: v for k, v in result._result.items() if not k.startswith("_ansible_") and k not in ("ansible_facts", "invocation")}
        text = json.dumps(plain, default=str)
        if len(text) <= CUT:
            return plain
        share = max(CUT // max(len(plain), 1), 256)
        cut = {}
        for key, value in plain.items():
            if key.endswith("_lines"):
                continue
            shown = value if isinstance(value, (bool, int, float)) else str(value)
            cut[key] = shown[:share] + "..." if isinstance(shown, str) and len(shown) > share else shown
        cut["im_cut"] = True
        return cut

    def _outcome(self, event, result, **values):
        self._emit(event, host=result._host.get_name(), task=result._task.get_name().strip(), res=self._result(result), **values)

    def v2_playbook_on_play_start(self, play):
        self._emit("play", name=play.get_name().strip())

    def v2_playbook_on_task_start(self, task, is_conditional):
        self._emit("task", task=task.get_name().strip())

    def v2_playbook_on_handler_task_start(self, task):
        self._emit("task", task=task.get_name().strip(), handler=True)

    def v2_runner_on_ok(self, result):
        verbose = result._result.get("_ansible_verbose_always", False)
        self._outcome("ok", result, changed=bool(result._result.get("changed", False)), show=bool(verbose))

    def v2_runner_on_skipped(self, result):
        self._outcome("skipped", result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._outcome("failed", result, ignored=bool(ignore_errors))

    def v2_runner_on_unreachable(self, result):
        self._outcome("unreachable", result)

    def v2_runner_item_on_ok(self, result):
        self._outcome("item", result, changed=bool(result._result.get("changed", False)))

    def v2_runner_item_on_failed(self, result):
        self._outcome("item", result, failed=True)

    def v2_runner_retry(self, result):
        self._outcome("retry", result)

    def v2_playbook_on_stats(self, stats):
        hosts = {host: stats.summarize(host) for host in sorted(stats.processed.keys())}
        self._emit("stats", hosts=hosts)
