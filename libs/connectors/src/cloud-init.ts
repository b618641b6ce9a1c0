import { CloudError } from '@im/domain';
import type { Configure, Radl } from '@im/radl';
import { recipeProblem } from '@im/radl';
import { parse, stringify } from 'yaml';

/** What a machine needs to be told at its first boot, besides the recipe of its user. */
export interface FirstBoot {
  /** Login name that gets the key. */
  user: string;
  /** In the one-line form of OpenSSH; absent when the provider installs it by itself. */
  publicKey?: string;
  /** Port of the SSH server, when it is not 22. */
  sshPort?: number;
  /** Command that opens the way back to the service for a machine without a public address. */
  bootCommand?: string;
}

/** How cloud-init joins several parts: lists are appended. */
const mergeHow = 'list(append)+dict(recurse_array,no_replace)+str()';
const boundary = '==im-user-data==';

/**
 * User data for cloud-init: the `cloud_init` recipe of the system together with what the first boot needs (spec:
 * connectors/README.md 5.4). A recipe that is a script travels beside it as a part of its own, so that the key is installed all the same.
 * @param radl document with the one system and the contextualize section
 * @param configures recipes of the infrastructure
 * @returns text, not encoded; undefined when there is nothing to say
 * @throws CloudError `InvalidInput` when the recipe is longer than `maxBytes` together with the rest
 */
export function userData(
  radl: Radl,
  configures: readonly Configure[],
  boot: FirstBoot,
  maxBytes = 16 * 1024,
): string | undefined {
  const recipe = cloudInitRecipe(radl, configures);
  const own = ownConfig(boot);
  const parsed = recipe === undefined ? {} : mappingIn(recipe);
  const text =
    recipe !== undefined && parsed === null
      ? beside(recipe.trim(), own)
      : cloudConfig(joined(parsed ?? {}, own));
  if (text !== undefined && Buffer.byteLength(text) > maxBytes) {
    throw new CloudError(
      'InvalidInput',
      `The cloud_init recipe is too long: the user data has more than ${maxBytes} bytes.`,
    );
  }
  return text;
}

/** The last `cloud_init` item of the system wins. */
function cloudInitRecipe(radl: Radl, configures: readonly Configure[]): string | undefined {
  const system = radl.systems[0]?.id;
  const item = radl.contextualize?.items.findLast(
    (candidate) => candidate.system === system && candidate.ctxtTool === 'cloud_init',
  );
  const recipe = configures.find((configure) => configure.id === item?.configure)?.recipe;
  return recipe === undefined || recipe === null || recipe.trim() === '' ? undefined : recipe;
}

type CloudConfig = Record<string, unknown>;

/** The recipe as a mapping, null when it is a script or anything else. Only recipes for cloud-init come here unchecked. */
function mappingIn(recipe: string): CloudConfig | null {
  if (recipeProblem(recipe) !== null) {
    return null;
  }
  try {
    const value: unknown = parse(recipe);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

function ownConfig(boot: FirstBoot): CloudConfig {
  const runcmd: string[] = [];
  if (boot.bootCommand !== undefined) {
    runcmd.push("echo 'Running IM reverse SSH command'", boot.bootCommand);
  }
  if (boot.sshPort !== undefined && boot.sshPort !== 22) {
    runcmd.push(`sed -i '/Port 22/c\\Port ${boot.sshPort}' /etc/ssh/sshd_config`, 'service sshd restart');
  }
  return {
    ...(boot.bootCommand === undefined ? {} : { packages: ['curl', 'sshpass'] }),
    ...(runcmd.length === 0 ? {} : { runcmd }),
    ...(boot.publicKey === undefined ? {} : { users: [userEntry(boot.user, boot.publicKey)] }),
  };
}

function userEntry(user: string, publicKey: string): CloudConfig {
  return {
    name: user,
    sudo: 'ALL=(ALL) NOPASSWD:ALL',
    lock_passwd: true,
    homedir: `/opt/${user}`,
    ssh_authorized_keys: [publicKey],
  };
}

/** Lists of both are appended; of anything else what the user wrote stays. */
function joined(recipe: CloudConfig, own: CloudConfig): CloudConfig {
  const result: CloudConfig = { ...own, ...recipe };
  for (const [name, value] of Object.entries(own)) {
    const given = recipe[name];
    if (Array.isArray(value) && Array.isArray(given)) {
      result[name] = [...(given as unknown[]), ...(value as unknown[])];
    }
  }
  return result;
}

function cloudConfig(config: CloudConfig): string | undefined {
  return Object.keys(config).length === 0
    ? undefined
    : `#cloud-config\n${stringify({ ...config, merge_how: config['merge_how'] ?? mergeHow })}`;
}

/** Script and configuration as two parts of one message (RFC 2046). */
function beside(script: string, own: CloudConfig): string {
  const config = cloudConfig(own);
  if (config === undefined) {
    return script;
  }
  const parts: [string, string][] = [
    ['text/x-shellscript', script],
    ['text/cloud-config', config],
  ];
  return [
    `Content-Type: multipart/mixed; boundary="${boundary}"`,
    'MIME-Version: 1.0',
    '',
    ...parts.flatMap(([type, text]) => [`--${boundary}`, `Content-Type: ${type}; charset="utf-8"`, '', text]),
    `--${boundary}--`,
    '',
  ].join('\n');
}
