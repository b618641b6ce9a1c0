# SPDX-License-Identifier: Apache-2.0
"""Runs the playbooks of one contextualization on the master and reports what happens, one JSON object a line.

Usage: python3 im_supervisor.py SPEC [clean], where SPEC is a JSON file:

    {"attempts": 3, "pause": 5, "inventory": "...", "hosts": ["a", "b"], "vault_password_file": "..." or null, "delete": ["..."],
     "stages": [{"secrets": "...", "queues": [{"hosts": ["a", "b"], "playbooks": ["x.yml"], "byVariable": false}]}]}

The stages run one after another. The queues of a stage run beside each other, as many as the machine has room for; the playbooks of a
queue run in order, each with the hosts of its queue that have not failed before. A playbook that fails is tried again for the hosts that
failed, after a pause that grows with the square of the tries. A host that fails for good is left out of everything that follows.
"secrets" is a second inventory. A playbook with "byVariable" finds its one host in the variable IM_HOST, others are limited to the hosts
of their queue. Files named in "delete" hold secrets: they are deleted when the last playbook has ended, or with the first SIGTERM, which
ends the playbooks too. With "clean" nothing is run: they are only deleted.

Lines are those of the callback plugin im_events, and {"im": 1, "ev": "text" | "try" | "result", ...}. Only the standard library, and
syntax of Python 3.6, since the Python of the machine runs it.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

MEGABYTES_PER_PLAYBOOK = 150
LONGEST_LINE = 262144
WARNINGS = ("[WARNING]", "[DEPRECATION WARNING]")
WARNING_WIDTH = 79


class Supervisor:
    def __init__(self, spec):
        self.spec = spec
        self.printing = threading.Lock()
        self.slots = threading.Semaphore(room())
        self.failed = set()
        self.children = set()
        self.stopped = False

    def emit(self, event, **values):
        line = {"im": 1, "ev": event, "ts": round(time.time(), 3)}
        line.update(values)
        self.write(json.dumps(line))

    def write(self, line):
        with self.printing:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()

    def run(self):
        for stage in self.spec["stages"]:
            threads = [threading.Thread(target=self.run_queue, args=(stage, queue)) for queue in stage["queues"]]
            for thread in threads:
                thread.start()
            for thread in threads:
                join(thread)
        hosts = set(self.spec["hosts"])
        self.emit("result", ok=sorted(hosts - self.failed), failed=sorted(hosts & self.failed))

    def stop(self):
        """Ends the playbooks; no other one begins."""
        self.stopped = True
        for child in list(self.children):
            child.terminate()

    def run_queue(self, stage, queue):
        hosts = [host for host in queue["hosts"] if host not in self.failed]
        try:
            for playbook in queue["playbooks"]:
                if not hosts:
                    return
                failed = self.run_playbook(stage, queue, playbook, hosts)
                self.failed.update(failed)
                hosts = [host for host in hosts if host not in failed]
        except BaseException:
            # A full disk, for instance: what was not seen to end well has not.
            self.failed.update(hosts)
            raise

    def run_playbook(self, stage, queue, playbook, hosts):
        attempts = self.spec["attempts"]
        for attempt in range(1, attempts + 1):
            with self.slots:
                if self.stopped:
                    return hosts
                hosts = self.try_playbook(stage, queue, playbook, hosts)
            if not hosts or self.stopped:
                return hosts
            self.emit("try", hosts=hosts, n=attempt, of=attempts)
            if attempt < attempts:
                time.sleep(attempt * attempt * self.spec["pause"])
        return hosts

    def try_playbook(self, stage, queue, playbook, hosts):
        """Returns the hosts that failed."""
        folder = tempfile.mkdtemp(prefix="stats-", dir=".")
        stats = os.path.join(os.path.abspath(folder), "stats.json")
        try:
            child = subprocess.Popen(
                self.command(stage, queue, playbook, hosts),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=dict(os.environ, IM_STATS_FILE=stats),
            )
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            self.emit("text", hosts=hosts, text="ansible-playbook could not be started: %s" % error)
            return hosts
        self.children.add(child)
        try:
            if self.stopped:
                child.terminate()
            self.pass_on(child.stdout, hosts)
            return failed_hosts(stats, hosts, child.wait())
        finally:
            self.children.discard(child)
            shutil.rmtree(folder, ignore_errors=True)

    def command(self, stage, queue, playbook, hosts):
        command = ["ansible-playbook", "-i", self.spec["inventory"], "-i", stage["secrets"]]
        if queue.get("byVariable"):
            command += ["-e", "IM_HOST=" + hosts[0]]
        else:
            command += ["-l", ",".join(hosts)]
        if self.spec.get("vault_password_file"):
            command += ["--vault-password-file", self.spec["vault_password_file"]]
        return command + [playbook]

    def pass_on(self, stream, hosts):
        """Events as they are; other text belongs to the hosts of this playbook alone, but warnings to nobody."""
        warning = None
        while True:
            line = stream.readline(LONGEST_LINE)
            if not line:
                return
            text = line.decode("utf-8", "replace").rstrip("\n")
            if text.startswith('{"im": 1,') and text.endswith("}"):
                warning = None
                self.write(text)
            elif text.startswith(WARNINGS) or goes_on(warning, text):
                warning = text
            elif text.strip():
                warning = None
                self.emit("text", hosts=hosts, text=text)


def join(thread):
    """A signal that the kernel gives to another thread is handled when this one wakes up: it must not sleep until a playbook ends."""
    while thread.is_alive():
        thread.join(0.5)


def goes_on(warning, text):
    """Ansible breaks warnings where the next word would pass the end of the line."""
    return warning is not None and text.strip() != "" and len(warning) + 1 + len(text.split(" ")[0]) > WARNING_WIDTH


def failed_hosts(stats, hosts, code):
    try:
        with open(stats) as file:
            summary = json.load(file)
    except (OSError, ValueError):
        # Ansible ended before the first play: a syntax error, for instance.
        return [] if code == 0 else hosts
    if code == 0:
        return []
    failed = [host for host in hosts if has_failed(summary.get(host))]
    return failed if failed else hosts


def has_failed(counts):
    return counts is None or counts.get("failures", 0) > 0 or counts.get("unreachable", 0) > 0


def room():
    """Playbooks that fit on this machine at once."""
    wanted = 2 * (os.cpu_count() or 1)
    try:
        with open("/proc/meminfo") as file:
            for line in file:
                if line.startswith("MemAvailable:"):
                    wanted = min(wanted, int(line.split()[1]) // 1024 // MEGABYTES_PER_PLAYBOOK)
    except OSError:
        pass
    return max(2, wanted)


def delete(paths):
    for path in paths:
        if os.path.isdir(path):
            shutil.rmtree(path, ignore_errors=True)
        elif os.path.exists(path):
            os.remove(path)


def main():
    with open(sys.argv[1]) as file:
        spec = json.load(file)
    if sys.argv[2:] == ["clean"]:
        delete(spec.get("delete", []))
        return
    supervisor = Supervisor(spec)

    def end(*_):
        supervisor.stop()
        delete(spec.get("delete", []))
        os._exit(143)

    signal.signal(signal.SIGTERM, end)
    try:
        supervisor.run()
    finally:
        delete(spec.get("delete", []))


if __name__ == "__main__":
    main()
