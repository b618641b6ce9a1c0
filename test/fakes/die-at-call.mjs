// For `node --import`: the process ends whenever it is about to call `DIE_AT_CALL` (a regular expression, "METHOD http://host:port/path").
import { ClientRequest, OutgoingMessage } from 'node:http';

const which = new RegExp(process.env.DIE_AT_CALL ?? '^never$', 'u');

for (const method of ['write', 'end']) {
  ClientRequest.prototype[method] = function (...parts) {
    if (which.test(`${this.method} ${this.protocol}//${this.getHeader('host')}${this.path}`)) {
      process.kill(process.pid, 'SIGKILL');
    }
    return OutgoingMessage.prototype[method].apply(this, parts);
  };
}
