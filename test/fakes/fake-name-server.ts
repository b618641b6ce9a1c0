import type { RemoteInfo, Socket } from 'node:dgram';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

const headerLength = 12;
const typeA = 1;

/** A DNS server that knows one list of addresses and gives it for every name (RFC 1035, queries of type A over UDP). */
export class FakeNameServer {
  private readonly socket: Socket = createSocket('udp4');

  /** @param addresses IPv4; may be changed at any time */
  constructor(public addresses: readonly string[]) {}

  /** @returns host and port */
  async start(): Promise<string> {
    this.socket.on('message', (query, from) => {
      this.answer(query, from);
    });
    this.socket.bind(0, '127.0.0.1');
    await once(this.socket, 'listening');
    return `127.0.0.1:${this.socket.address().port}`;
  }

  async stop(): Promise<void> {
    const closed = once(this.socket, 'close');
    this.socket.close();
    await closed;
  }

  private answer(query: Buffer, from: RemoteInfo): void {
    const endOfName = query.indexOf(0, headerLength);
    const question = query.subarray(headerLength, endOfName + 5);
    const addresses = query.readUInt16BE(endOfName + 1) === typeA ? this.addresses : [];
    const header = Buffer.alloc(headerLength);
    query.copy(header, 0, 0, 2);
    header.writeUInt16BE(0x81_80, 2); // a response without error
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(addresses.length, 6);
    this.socket.send(Buffer.concat([header, question, ...addresses.map(record)]), from.port, from.address);
  }
}

/** An A record for the name of the question, to be kept for one second. */
function record(address: string): Buffer {
  const head = Buffer.from([0xc0, headerLength, 0, typeA, 0, 1, 0, 0, 0, 1, 0, 4]);
  return Buffer.concat([head, Buffer.from(address.split('.').map(Number))]);
}
