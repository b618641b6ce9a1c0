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

/** What is missing or null is as in a new object (spec: persistence-and-ha.md 4.4). */
function orDefault<Schema extends z.ZodType, Default>(schema: Schema, value: Default) {
  return schema.nullish().transform((given) => given ?? value);
}

const configured = orDefault(z.boolean(), null);

const cloudSchema = z.object({
  id: orDefault(z.string(), ''),
  type: z.string(),
  server: orDefault(z.string(), ''),
  port: orDefault(z.coerce.number().int(), -1),
  protocol: orDefault(z.string(), ''),
  path: orDefault(z.string(), ''),
  extra: orDefault(orJsonText(z.record(z.string(), z.string().nullable()).transform(withoutNulls)), {}),
});

function withoutNulls(values: Record<string, string | null>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => (value === null ? [] : [[key, value]])),
  );
}

/** Of a VM for which no cloud was chosen. */
const noCloud: z.output<typeof cloudSchema> = cloudSchema.parse({ type: '' });

const providerStates = ['pending', 'running', 'stopped', 'off', 'failed', 'unknown'] as const;

const vmSchema = z
  .looseObject({
    im_id: z.number().int().min(0),
    cloud: orJsonText(cloudSchema.nullable().transform((cloud) => cloud ?? noCloud)),
    info: z.string(),
    requested_radl: z.string(),
    id: orDefault(z.union([z.string(), z.number()]).transform(String), null),
    destroy: orDefault(z.boolean(), false),
    creating: orDefault(z.boolean(), false),
    state: orDefault(z.string(), 'unknown'),
    cont_out: orDefault(z.string(), ''),
    configured,
    error_msg: orDefault(z.string(), null),
    last_update: orDefault(z.number(), null),
    creation_date: orDefault(z.number(), null),
  })
  .refine((vm) => vm.cloud.type !== '' || vm.id === null || vm.destroy, {
    path: ['cloud'],
    error: 'is missing, so this machine could never be deleted',
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
  id: orDefault(
    z
      .string()
      .min(1)
      .max(255)
      .regex(/^[^/\s]+$/, 'is no infrastructure id'),
    null,
  ),
  vm_list: orJsonText(z.array(orJsonText(vmSchema))),
  vm_master: z.number().int().min(0).nullable(),
  auth: orJsonText(z.array(z.unknown())),
  radl: z.string(),
  private_networks: orDefault(orJsonText(z.record(z.string(), z.string())), {}),
  cont_out: orDefault(z.string(), ''),
  ansible_configured: configured,
  configured,
  extra_info: orDefault(orJsonText(extraInfoSchema), extraInfoSchema.parse({})),
  snapshots: orDefault(orJsonText(z.array(z.string())), []),
  creation_date: orDefault(z.number(), null),
});

/** An owner in an exported document. */
export const ownerSchema = z.looseObject({
  username: z.string(),
  password: z.string().optional(),
  token: z.string().optional(),
});

/** A document after its checks; one without an id has got one. */
export type ImportedInfrastructure = z.infer<typeof importSchema> & { id: string };
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
