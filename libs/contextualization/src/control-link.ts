import type { SshClientPool, SshConnection } from '@im/ssh';
import { SshError } from '@im/ssh';
import type { ControlNode } from './control-node.js';

/** Calls to control nodes. */
export class ControlLink {
  constructor(private readonly ssh: SshClientPool) {}

  /**
   * Runs `work` with a connection to the control node; credentials that are refused are followed by the others it may have.
   * @throws SshError
   */
  async use<T>(node: ControlNode, work: (connection: SshConnection) => Promise<T>): Promise<T> {
    let refused: SshError | undefined;
    for (const target of node.targets) {
      try {
        return await this.ssh.use(target, work);
      } catch (error) {
        if (!(error instanceof SshError && error.code === 'AuthenticationFailed')) {
          throw error;
        }
        refused = error;
      }
    }
    throw refused ?? new SshError('Unreachable', 'The master VM has no address.');
  }
}
