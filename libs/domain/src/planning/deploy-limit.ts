import type { Radl } from '@im/radl';
import { ImError } from '../errors.js';

/** VMs that one request may ask for: each is a row, and all of them are written in one transaction. */
const maxVmsPerRequest = 10_000;

/** @throws ImError `InvalidRequest` when a document asks for more VMs than one request can start */
export function checkDeployNumbers(radl: Radl): void {
  const asked = radl.deploys.reduce((sum, deploy) => sum + deploy.vmNumber, 0);
  if (asked > maxVmsPerRequest) {
    throw new ImError(
      'InvalidRequest',
      `The document asks for ${asked} VMs; one request may ask for at most ${maxVmsPerRequest}.`,
    );
  }
}
