import { spawn } from 'node:child_process';
import { root } from './paths.mjs';

/**
 * Runs a command and gives its exit code; its output goes to this program's, or is collected.
 * @param {string[]} command program and arguments
 * @param {{ env?: NodeJS.ProcessEnv, collect?: boolean, cwd?: string, stdout?: 'stderr' }} options
 *   `collect`: keep the output instead of showing it; `stdout: 'stderr'`: show all of it on the standard error
 * @returns {Promise<{ code: number, output: string }>}
 */
export function run(command, options = {}) {
  const [program, ...args] = command;
  const shown = options.stdout === 'stderr' ? 2 : 'inherit';
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: options.cwd ?? root,
      env: options.env ?? process.env,
      stdio: options.collect ? ['ignore', 'pipe', 'pipe'] : ['ignore', shown, 'inherit'],
    });
    const chunks = [];
    child.stdout?.on('data', (chunk) => chunks.push(chunk));
    child.stderr?.on('data', (chunk) => chunks.push(chunk));
    const forward = (signal) => child.kill(signal);
    process.on('SIGINT', forward);
    process.on('SIGTERM', forward);
    const finish = (code, extra = '') => {
      process.off('SIGINT', forward);
      process.off('SIGTERM', forward);
      resolve({ code, output: Buffer.concat(chunks).toString() + extra });
    };
    child.on('error', (error) => finish(127, `${program}: ${error.message}\n`));
    child.on('close', (code, signal) => finish(code ?? (signal === null ? 1 : 130)));
  });
}
