// Health check of a container: `live` (default) or `ready`. It asks the REST port and the port of a worker; a container has one of them.
import { get as getHttp } from 'node:http';
import { get as getHttps } from 'node:https';

const LIMIT_MS = 4_000;

const question = process.argv[2] ?? 'live';
const { IM_REST_PORT = '8800', IM_WORKER_PORT = '8801', IM_REST_SSL = 'no' } = process.env;
const secure = ['yes', 'true', 'on', '1'].includes(IM_REST_SSL.toLowerCase());

const answers = await Promise.all([
  status(secure ? getHttps : getHttp, IM_REST_PORT),
  status(getHttp, IM_WORKER_PORT),
]);
process.exit(answers.includes(200) ? 0 : 1);

/** @returns the status, 0 when nobody answers in time */
function status(get, port) {
  return new Promise((resolve) => {
    const options = {
      host: '127.0.0.1',
      port,
      path: `/health/${question}`,
      rejectUnauthorized: false,
      timeout: LIMIT_MS,
    };
    const request = get(options, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(0));
  });
}
