// Ends when every server of SERVERS (host:port, with commas between) takes a connection.
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

function opens(host, port) {
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port), timeout: 3000 });
    const end = (open) => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}

for (const server of process.env.SERVERS.split(',')) {
  const [host, port] = server.split(':');
  console.log(`waiting for ${server}`);
  while (!(await opens(host, port))) {
    await pause(500);
  }
}
