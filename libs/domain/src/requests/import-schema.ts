import { z } from 'zod';

/** Old documents hold nested objects as JSON text (spec: persistence-and-ha.md 4.4). */
function orJsonText<Schema extends z.ZodType>(schema: Schema) {
  return z.preprocess((value) => {
    if (typeof value !== 'string') {
      return value;
    }
    try {
      return JSON.parse(value) as unknown;
    } catch {
      return value;
    }
  }, schema);
}

const configured = z
  .boolean()
  .nullish()
  .transform((value) => value ?? null);

const cloudSchema = z.object({
  id: z.string().default(''),
  type: z.string(),
  server: z.string().default(''),
  port: z.coerce.number().int().default(-1),
  protocol: z.string().default(''),
  path: z.string().default(''),
  extra: z.record(z.string(), z.string()).default({}),
});

const providerStates = ['pending', 'running', 'stopped', 'off', 'failed', 'unknown'] as const;

const vmSchema = z.looseObject({
  im_id: z.number().int().min(0),
  cloud: orJsonText(cloudSchema),
  info: z.string(),
  requested_radl: z.string(),
  id: z
    .union([z.string(), z.number()])
    .nullish()
    .transform((value) => (value === null || value === undefined ? null : String(value))),
  destroy: z.boolean().default(false),
  creating: z.boolean().default(false),
  state: z.string().default('unknown'),
  cont_out: z
    .string()
    .nullish()
    .transform((value) => value ?? ''),
  configured,
  error_msg: z
    .string()
    .nullish()
    .transform((value) => value ?? null),
  last_update: z
    .number()
    .nullish()
    .transform((value) => value ?? null),
  creation_date: z
    .number()
    .nullish()
    .transform((value) => value ?? null),
});

/** Key in `extra_info` for what is kept beside the TOSCA document; other implementations drop it. */
export const keptToscaKey = 'TOSCA_KEPT';

const extraInfoSchema = z.looseObject({
  TOSCA: z.unknown().optional(),
  [keptToscaKey]: z
    .object({
      containerId: z.string().regex(/^[A-Za-z0-9]{0,8}$/, 'takes up to 8 letters and digits'),
      generatedInputs: z.record(z.string(), z.string()),
    })
    .optional(),
});

/** Document of an exported infrastructure (spec: persistence-and-ha.md 4). */
export const importSchema = z.looseObject({
  id: z
    .string()
    .min(1)
    .max(255)
    .regex(/^[^/\s]+$/, 'is no infrastructure id'),
  vm_list: orJsonText(z.array(orJsonText(vmSchema))),
  vm_master: z.number().int().min(0).nullable(),
  auth: orJsonText(z.array(z.unknown())),
  radl: z.string(),
  private_networks: orJsonText(z.record(z.string(), z.string())).default({}),
  cont_out: z
    .string()
    .nullish()
    .transform((value) => value ?? ''),
  ansible_configured: configured,
  configured,
  extra_info: orJsonText(extraInfoSchema).default({}),
  snapshots: z.array(z.string()).default([]),
  creation_date: z
    .number()
    .nullish()
    .transform((value) => value ?? null),
});

/** An owner in an exported document. */
export const ownerSchema = z.looseObject({
  username: z.string(),
  password: z.string().optional(),
  token: z.string().optional(),
});

export type ImportedInfrastructure = z.infer<typeof importSchema>;
export type ImportedVm = ImportedInfrastructure['vm_list'][number];

/** Keys of an imported VM that the row itself holds; the others belong to its connector. */
export const vmKeys = new Set([
  ...Object.keys(vmSchema.shape),
  'creation_im_id',
  'ctxt_pid',
  'ssh_connect_errors',
  'deleting',
]);

/** Keys of an imported infrastructure that the row itself holds; the others are kept for a later export. */
export const infrastructureKeys = new Set([
  ...Object.keys(importSchema.shape),
  'system_counter',
  'deleted',
  'vm_id',
  'cloud_connector',
]);

/** The provider's state out of the state that clients saw. */
export function providerStateOf(state: string): (typeof providerStates)[number] {
  if (state === 'configured' || state === 'unconfigured') {
    return 'running';
  }
  return providerStates.find((known) => known === state) ?? 'unknown';
}
