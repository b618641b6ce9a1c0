import type { Snapshot } from '@im/domain';
import { z } from 'zod';
import { cloudInfo } from './cloud-info.js';

/** The images of an infrastructure as they stand in its column. Rows of earlier versions hold the URLs alone. */
export const snapshotList: z.ZodType<Snapshot[]> = z.array(
  z.union([
    z.string().transform((url) => ({ url, cloud: null })),
    z.object({ url: z.string(), cloud: cloudInfo.nullable() }),
  ]),
);
