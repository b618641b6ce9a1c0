import type { Config } from '@im/config';
import { ProviderAddressGuard } from '@im/connectors';
import { AnsibleStage, ContextualizeHandler } from '@im/contextualization';
import type { OperationHandler } from '@im/domain';
import type { Metrics } from '@im/observability';
import { SshPool } from '@im/ssh';

/** The handler that configures VMs over SSH. */
export function contextualize(config: Config, metrics: Metrics): OperationHandler {
  const ssh = new SshPool({
    connectTimeoutMs: config.SSH_CONNECT_TIMEOUT * 1000,
    idleMs: 60_000,
    maxConnections: config.SSH_MAX_CONNECTIONS,
    guard: new ProviderAddressGuard({ allowLocal: config.ALLOW_LOCAL_PROVIDERS }),
    onCall: (call, outcome, seconds) => {
      metrics.sshCall(call, outcome, seconds);
    },
  });
  return new ContextualizeHandler(
    new AnsibleStage(ssh, {
      remoteFolder: config.REMOTE_CONF_DIR,
      playbookRetries: config.PLAYBOOK_RETRIES,
      waitRunningMs: config.WAIT_RUNNING_VM_TIMEOUT * 1000,
      waitSshMs: config.WAIT_SSH_ACCCESS_TIMEOUT * 1000,
      waitPublicIpMs: config.WAIT_PUBLIC_IP_TIMEOUT * 1000,
      installTimeoutMs: config.ANSIBLE_INSTALL_TIMEOUT * 1000,
      vmsPerProcess: config.VM_NUM_USE_CTXT_DIST,
      maxSshErrors: config.MAX_SSH_ERRORS,
      defaultDomain: config.DEFAULT_DOMAIN,
    }),
  );
}
