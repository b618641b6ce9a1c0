import autocannon from 'autocannon';
import { authorizationOf, RestClient } from '../test/servers/rest-client.js';
import type { Figure } from './figure.js';
import type { Owned } from './owned.js';
import { startService } from './service-under-test.js';

const seconds = 8;
const readsPerSecond = 200;
const floodConnections = 4;

/**
 * How long state reads take, at a fixed rate, alone and while clients send large documents as fast as they are answered: documents are
 * translated by threads, so that they do not hold up other requests.
 */
export async function benchToscaFlood(owned: Owned, document: string): Promise<Figure[]> {
  const server = await startService(owned);
  const client = new RestClient(server.url, authorizationOf('flood', ['id = dummy; type = Dummy']));
  const id = await client.create(
    "network n (outbound = 'yes') system s (net_interface.0.connection = 'n') deploy s 1",
  );
  await client.untilState(id, ['configured', 'unconfigured', 'running']);
  const { authorization } = client;
  const read = () => stateReads(`${server.url}/infrastructures/${id}/state`, authorization);

  const alone = await read();
  const flood = autocannon({
    url: `${server.url}/infrastructures?dry_run=1`,
    method: 'POST',
    headers: { authorization, 'content-type': 'text/yaml' },
    body: document,
    connections: floodConnections,
    duration: seconds + 1,
  });
  const [flooded, documents] = await Promise.all([read(), flood]);
  if (documents.non2xx > 0 || documents.errors > 0) {
    throw new Error(`${documents.non2xx} of the large documents were refused, ${documents.errors} broke.`);
  }
  return [
    { name: `state reads, ${readsPerSecond}/s, p99`, value: alone.latency.p99, unit: 'ms' },
    { name: 'the same under a flood of large TOSCA documents, p99', value: flooded.latency.p99, unit: 'ms' },
    {
      name: 'large TOSCA documents answered meanwhile',
      value: documents['2xx'] / documents.duration,
      unit: 'documents/s',
    },
  ];
}

function stateReads(url: string, authorization: string): Promise<autocannon.Result> {
  return autocannon({
    url,
    headers: { authorization },
    connections: 4,
    overallRate: readsPerSecond,
    duration: seconds,
  });
}
