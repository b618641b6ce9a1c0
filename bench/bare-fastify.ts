// A Fastify with two routes and nothing else, in a process of its own: what the service is measured against.
// Arguments: the sizes of the two answers in bytes. Prints its URL.
import { fastify } from 'fastify';

const [stateSize = 0, infrastructureSize = 0] = process.argv.slice(2).map(Number);
const server = fastify();
const state = 'x'.repeat(stateSize);
const infrastructure = 'x'.repeat(infrastructureSize);

server.get('/state', (_request, reply) => {
  void reply.header('content-type', 'application/json').send(state);
});
server.get('/infrastructure', (_request, reply) => {
  void reply.header('content-type', 'text/uri-list; charset=utf-8').send(infrastructure);
});
const url = await server.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`${url}\n`);
