import type { Radl } from '@im/radl';
import { serializeRadl } from '@im/radl';
import { ImError } from '../errors.js';

/** VMs that one request may ask for: each is a row, and all of them are written in one transaction. */
const maxVmsPerRequest = 10_000;
/** Characters that the rows of one request may have: each VM keeps its part of the document. */
const maxRowsSize = 256 * 1024 * 1024;

/** @throws ImError `InvalidRequest` when a document asks for more VMs than one request can start */
export function checkDeployNumbers(radl: Radl): void {
  const asked = radl.deploys.reduce((sum, deploy) => sum + deploy.vmNumber, 0);
  if (asked > maxVmsPerRequest) {
    throw new ImError(
      'InvalidRequest',
      `The document asks for ${asked} VMs; one request may ask for at most ${maxVmsPerRequest}.`,
    );
  }
  const size = asked > 1 ? serializeRadl({ ...radl, configures: [], deploys: [] }).length : 0;
  if (size * asked > maxRowsSize) {
    throw new ImError(
      'InvalidRequest',
      `The document is too large for ${asked} VMs at once: ask for fewer in one request.`,
    );
  }
}
