import type { CloudInfo } from '@im/domain';
import { z } from 'zod';

/** A cloud as it stands in a column. */
export const cloudInfo: z.ZodType<CloudInfo> = z.object({
  id: z.string(),
  type: z.string(),
  server: z.string(),
  port: z.number(),
  protocol: z.string(),
  path: z.string(),
  extra: z.record(z.string(), z.string()),
});
