import { ImError } from '@im/domain';
import type { InfrastructureView } from '../infrastructures/infrastructure-view.js';

/**
 * Script for VMs without an address of their own (spec: rest-api.md 9.15). Step 1 polls step 2 until its answer is no more `wait`. The
 * credentials are not written into it: the VM passes the header it was started with.
 * @throws ImError `Incorrect property command ...` for other steps
 */
export function reverseSshCommand(view: InfrastructureView, vmId: string, step: number, url: string): string {
  if (step === 1) {
    return pollingScript(`${url}?step=2`);
  }
  if (step !== 2) {
    throw new ImError('PropertyNotFound', `Incorrect property command for VM ID ${vmId}`);
  }
  const master = view.infrastructure.masterVmId;
  return master !== null && String(master) === vmId ? 'true' : 'wait';
}

function pollingScript(url: string): string {
  return [
    '#!/bin/bash',
    `next() { curl -s -H "Authorization: \${IM_AUTH_HEADER}" -H "Accept: text/plain" "${url}"; }`,
    'answer=$(next)',
    'while [ -z "$answer" ] || [ "$answer" = "wait" ]; do sleep 20; answer=$(next); done',
    'echo "$answer" > /var/tmp/reverse_ssh.sh',
    'chmod a+x /var/tmp/reverse_ssh.sh',
    '/var/tmp/reverse_ssh.sh',
    '',
  ].join('\n');
}
