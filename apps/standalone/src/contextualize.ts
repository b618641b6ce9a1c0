import { AnsibleStage, ContextualizeHandler } from '@im/contextualization';
import type { OperationHandler } from '@im/domain';
import type { Metrics } from '@im/observability';
import { SshPool } from '@im/ssh';
import type { Surroundings } from './compose-service.js';

/** The handler that configures VMs over SSH. */
export function contextualize({ config }: Surroundings, metrics: Metrics): OperationHandler {
  const ssh = new SshPool({
    connectTimeoutMs: config.SSH_CONNECT_TIMEOUT * 1000,
    idleMs: 60_000,
    maxConnections: config.SSH_MAX_CONNECTIONS,
    onCall: (call, outcome, seconds) => {
      metrics.sshCall(call, outcome, seconds);
    },
  });
  return new ContextualizeHandler(new AnsibleStage(ssh, { remoteFolder: config.REMOTE_CONF_DIR }));
}
