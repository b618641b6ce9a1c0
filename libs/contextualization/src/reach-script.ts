/** A way from the master to another VM. */
export interface Way {
  imId: number;
  host: string;
  port: number;
}

/**
 * Text for `sh` that prints the numbers of the VMs whose SSH port does not answer from here; waits up to `seconds` for all of them,
 * beside each other.
 */
export function reachScript(ways: readonly Way[], seconds: number): string {
  const probes = ways.map(({ imId, host, port }) => {
    const address = /^[0-9A-Fa-f.:]+$/.test(host) ? host : '127.0.0.1';
    return `probe ${imId} ${address} ${port} &`;
  });
  return [
    'probe() { end=$(($(date +%s) + WAIT)); while :; do',
    `  timeout 2 bash -c "exec 3<>/dev/tcp/$2/$3 && read -t 2 line <&3 && case \\$line in SSH*) exit 0;; esac; exit 1" 2>/dev/null && return 0`,
    '  [ $(date +%s) -ge $end ] && { echo $1; return 1; }; sleep 0.2; done; }',
    `WAIT=${seconds}`,
    ...probes,
    'wait; exit 0',
  ].join('\n');
}
