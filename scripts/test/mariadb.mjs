import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, openSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../setup/free-port.mjs';
import { run } from '../setup/run.mjs';
import { findProgram } from './installed.mjs';

const DATABASE = 'im_test';
const START_LIMIT_MS = 60_000;

/** A database server for the tests: its URL, and how to stop it. @typedef {{ url: string, stop: () => Promise<void> }} Server */

/**
 * Starts a MariaDB or MySQL of this machine (the second first when IM_TEST_DATABASE is `mysql`) on 127.0.0.1, on a free port, with its data
 * in a temporary folder.
 * @returns {Promise<Server | undefined>} undefined when none is installed
 */
export async function startInstalledMariadb() {
  const programs = ['mariadbd', 'mysqld'];
  const program = findProgram(
    ...(process.env.IM_TEST_DATABASE === 'mysql' ? programs.toReversed() : programs),
  );
  if (program === undefined) {
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), 'im-mariadb-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const user = process.getuid?.() === 0 ? ['--user=root'] : [];
    await createData(program, folder, user);
    return await startServer(program, folder, user, remove);
  } catch (error) {
    remove();
    throw error;
  }
}

async function createData(program, folder, user) {
  // MariaDB installs its server under the name of the other one too.
  const isMariadb = basename(realpathSync(program)) === 'mariadbd';
  const maker = isMariadb ? findProgram('mariadb-install-db') : undefined;
  const command =
    maker === undefined
      ? [program, '--no-defaults', '--initialize-insecure', `--datadir=${folder}/data`, ...user]
      : [
          maker,
          '--no-defaults',
          `--datadir=${folder}/data`,
          '--auth-root-authentication-method=normal',
          ...user,
        ];
  const { code, output } = await run(command, { collect: true });
  if (code !== 0) {
    throw new Error(`${basename(command[0])} failed:\n${output}`);
  }
}

async function startServer(program, folder, user, remove) {
  const port = await freePort();
  const socket = join(folder, 'sock');
  const log = openSync(join(folder, 'log'), 'a');
  const child = spawn(
    program,
    [
      '--no-defaults',
      `--datadir=${folder}/data`,
      `--socket=${socket}`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      `--pid-file=${folder}/pid`,
      '--skip-log-bin',
      // Packages of MySQL expect a folder that only their own set-up makes.
      `--secure-file-priv=${folder}`,
      '--loose-mysqlx=OFF',
      '--innodb-flush-log-at-trx-commit=0',
      ...user,
    ],
    { stdio: ['ignore', log, log] },
  );
  const ended = new Promise((resolve) => child.once('close', resolve));
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      await Promise.race([ended, delay(20_000, undefined, { ref: false })]);
      child.kill('SIGKILL');
    }
    remove();
  };
  const password = randomBytes(12).toString('hex');
  const sql = [
    `CREATE DATABASE ${DATABASE} CHARACTER SET utf8mb4`,
    `CREATE USER '${DATABASE}'@'127.0.0.1' IDENTIFIED BY '${password}'`,
    `CREATE USER '${DATABASE}'@'localhost' IDENTIFIED BY '${password}'`,
    `GRANT ALL ON *.* TO '${DATABASE}'@'127.0.0.1'`,
    `GRANT ALL ON *.* TO '${DATABASE}'@'localhost'`,
  ].join('; ');
  try {
    await untilAccepted(child, socket, sql);
  } catch (error) {
    const lines = readFileSync(join(folder, 'log'), 'utf8');
    await stop();
    throw new Error(`${error.message}\n${lines}`);
  }
  return { url: `mysql://${DATABASE}:${password}@127.0.0.1:${port}/${DATABASE}`, stop };
}

/** The server answers on its socket a second or two after its start; the first statement that it accepts ends the wait. */
async function untilAccepted(child, socket, sql) {
  const client = findProgram('mariadb', 'mysql');
  if (client === undefined) {
    throw new Error('The client program mariadb or mysql is missing.');
  }
  const limit = Date.now() + START_LIMIT_MS;
  while (Date.now() < limit && child.exitCode === null) {
    const ping = await run([client, '--no-defaults', '-uroot', `--socket=${socket}`, '-e', 'SELECT 1'], {
      collect: true,
    });
    if (ping.code === 0) {
      const { code, output } = await run(
        [client, '--no-defaults', '-uroot', `--socket=${socket}`, '-e', sql],
        {
          collect: true,
        },
      );
      if (code !== 0) {
        throw new Error(`The test database could not be made: ${output}`);
      }
      return;
    }
    await delay(100);
  }
  throw new Error('The database server did not start.');
}
