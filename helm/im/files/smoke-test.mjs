// What `helm test` does: a Dummy infrastructure of two machines is created, becomes configured, and is destroyed.
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

const base = process.env.IM_URL;
const limit = Date.now() + Number(process.env.TIMEOUT) * 1000;
const user = `helm-test-${randomBytes(4).toString('hex')}`;
const password = randomBytes(9).toString('hex');
const authorization = [
  `type = InfrastructureManager; username = ${user}; password = ${password}`,
  'id = dummy; type = Dummy',
].join('\\n');
const radl = `network net (outbound = 'yes')
system node (
  cpu.count = 1 and memory.size = 512M and
  disk.0.image.url = 'mock0://linux.for.ev.er' and net_interface.0.connection = 'net'
)
contextualize ()
deploy node 2`;

/** @returns body of the answer; throws when the status is not the one that is wanted */
async function call(method, path, wanted, body) {
  const response = await fetch(`${base}${path}`, {
    method,
    headers: { authorization, accept: 'application/json', ...(body && { 'content-type': 'text/plain' }) },
    body,
  });
  const text = await response.text();
  if (response.status !== wanted) {
    throw new Error(`${method} ${path}: ${response.status} instead of ${wanted}: ${text}`);
  }
  return text;
}

async function becomes(path, wanted) {
  for (;;) {
    const { state } = JSON.parse(await call('GET', `${path}/state`, 200)).state;
    if (state === wanted) {
      return;
    }
    if (state === 'failed' || Date.now() > limit) {
      throw new Error(`${path} is ${state}, not ${wanted}.`);
    }
    await pause(500);
  }
}

await call('GET', '/version', 200);
await call('GET', '/health/ready', 200);
const { uri } = JSON.parse(await call('POST', '/infrastructures', 200, radl));
const path = `/infrastructures/${uri.split('/').at(-1)}`;
await becomes(path, 'configured');
const machines = JSON.parse(await call('GET', path, 200))['uri-list'];
if (machines.length !== 2) {
  throw new Error(`${machines.length} machines instead of 2`);
}
await call('DELETE', path, 200);
await call('GET', path, 404);
console.log('An infrastructure of two Dummy machines was created, configured and destroyed.');
