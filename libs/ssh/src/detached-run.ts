import type { SshConnection } from './ssh-connection.js';
import { SshError } from './ssh-error.js';

/** A command that goes on without us, in a folder of its own on the machine. */
export interface DetachedRun {
  /** Absolute path; the folder is made. Starting the same folder again never runs the command again. */
  directory: string;
  /** Text for `sh`. */
  command: string;
}

/** absent: never started; lost: it was started, but its process is gone without a result (the machine rebooted, for instance). */
export type DetachedState = 'absent' | 'running' | 'finished' | 'lost';

export interface DetachedProgress {
  state: DetachedState;
  exitCode: number | null;
  /** Output from the offset that was asked for. */
  output: Buffer;
  nextOffset: number;
}

const plainPath = /^\/[A-Za-z0-9._/-]+$/;

/** Starts a detached command. @returns `attached` when it was started before. @throws SshError */
export async function startDetached(
  connection: SshConnection,
  run: DetachedRun,
): Promise<'started' | 'attached'> {
  const directory = checked(run.directory);
  const script = [
    `mkdir -p ${directory} && cd ${directory} || exit 3`,
    'mkdir claim 2>/dev/null || { echo attached; exit 0; }',
    // A connection that is cut looks like the end of the text.
    `cat > command.sh; [ "$(wc -c < command.sh)" -eq ${Buffer.byteLength(run.command)} ] || { rmdir claim; exit 4; }`,
    "cat > frame.sh <<'FRAME'",
    'echo "$$ $(cut -d" " -f22 /proc/$$/stat 2>/dev/null)" > pid.new && mv pid.new pid',
    'sh ./command.sh > log 2>&1 < /dev/null',
    'echo $? > exit.new && mv exit.new exit',
    'FRAME',
    'if command -v setsid >/dev/null 2>&1; then setsid sh ./frame.sh > /dev/null 2>&1 < /dev/null &',
    'else nohup sh ./frame.sh > /dev/null 2>&1 < /dev/null & fi',
    'echo started',
  ].join('\n');
  const result = await connection.exec(shell(script), { input: run.command });
  const answer = result.stdout.toString('utf8').trim();
  if (answer !== 'started' && answer !== 'attached') {
    throw new SshError(
      'TransferFailed',
      `A command could not be started: ${result.stderr.trim().slice(0, 300)}`,
    );
  }
  return answer;
}

/**
 * How far a detached command is, and its output from `offset`. Waits on the machine until there is news, at most `waitMs`.
 * @throws SshError
 */
export async function pollDetached(
  connection: SshConnection,
  directory: string,
  offset: number,
  maxBytes: number,
  waitMs: number,
): Promise<DetachedProgress> {
  const rounds = Math.max(Math.ceil(waitMs / 100), 1);
  const script = [
    `cd ${checked(directory)} 2>/dev/null && [ -d claim ] || { echo "absent - "; exit 0; }`,
    `n=0; while [ $n -lt ${rounds} ]; do`,
    '  [ -f exit ] && break',
    `  [ -f log ] && [ $(wc -c < log) -gt ${offset} ] && break`,
    '  n=$((n+1)); sleep 0.1; done',
    'if [ -f exit ]; then echo "finished $(cat exit)"; else',
    '  alive=no; if [ -f pid ]; then read p t < pid; [ "$(cut -d" " -f22 /proc/$p/stat 2>/dev/null)" = "$t" ] && alive=yes; else',
    '    [ -n "$(find claim -mmin -1 2>/dev/null)" ] && alive=yes; fi',
    '  if [ $alive = yes ]; then echo "running -"; elif [ -f exit ]; then echo "finished $(cat exit)"; else echo "lost -"; fi; fi',
    `[ -f log ] && tail -c +${offset + 1} log | head -c ${maxBytes}`,
    'exit 0',
  ].join('\n');
  const result = await connection.exec(shell(script), {
    timeoutMs: waitMs + 20_000,
    maxOutputBytes: maxBytes + 1024,
  });
  const end = result.stdout.indexOf(10);
  const [state = '', code = '-'] = result.stdout.subarray(0, Math.max(end, 0)).toString('utf8').split(' ');
  if (!isState(state)) {
    throw new SshError(
      'ConnectionLost',
      `The state of a command is not known: ${result.stderr.trim().slice(0, 300)}`,
    );
  }
  const output = result.stdout.subarray(end + 1);
  return {
    state,
    exitCode: state === 'finished' ? Number(code) : null,
    output,
    nextOffset: offset + output.length,
  };
}

/** Ends a detached command and all it started. Nothing happens when it does not run. @throws SshError */
export async function killDetached(connection: SshConnection, directory: string): Promise<void> {
  const script = [
    `cd ${checked(directory)} 2>/dev/null || exit 0`,
    'mkdir claim 2>/dev/null && { echo 143 > exit; exit 0; }',
    // One that was started just now has no number yet.
    'n=0; while [ ! -f pid ] && [ ! -f exit ] && [ $n -lt 20 ]; do n=$((n+1)); sleep 0.1; done',
    '[ -f exit ] && exit 0; [ -f pid ] || exit 0; read p t < pid',
    '[ "$(cut -d" " -f22 /proc/$p/stat 2>/dev/null)" = "$t" ] || exit 0',
    'kill -TERM -$p 2>/dev/null; n=0',
    'while kill -0 -$p 2>/dev/null && [ $n -lt 20 ]; do n=$((n+1)); sleep 0.1; done',
    'kill -KILL -$p 2>/dev/null; [ -f exit ] || echo 143 > exit; exit 0',
  ].join('\n');
  await connection.exec(shell(script), { timeoutMs: 10_000 });
}

function shell(script: string): string {
  return `sh -c '${script.replaceAll("'", "'\\''")}'`;
}

/** @throws Error for a path with characters that mean something to a shell */
function checked(path: string): string {
  if (!plainPath.test(path) || path.includes('..')) {
    throw new Error(`The path ${path} is not allowed on a machine.`);
  }
  return path;
}

function isState(text: string): text is DetachedState {
  return text === 'absent' || text === 'running' || text === 'finished' || text === 'lost';
}
