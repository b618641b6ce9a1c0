import { parseOutports } from '../document/outports.js';

/** What a checked feature must be (spec: radl.md 10). */
export interface FeatureRule {
  type: 'text' | 'whole' | 'number' | 'group' | 'text or list';
  /** Allowed texts, compared in upper case. */
  oneOf?: readonly string[];
  /** Why a value is refused; null when it is fine. */
  valid?: (value: string | number) => string | null;
  /** undefined: none allowed. */
  units?: readonly string[];
}

const sizeUnits = [
  '',
  'B',
  'K',
  'M',
  'G',
  'T',
  'KB',
  'MB',
  'GB',
  'TB',
  'KI',
  'MI',
  'GI',
  'TI',
  'KIB',
  'MIB',
  'GIB',
  'TIB',
];

const text: FeatureRule = { type: 'text' };
const yesNo: FeatureRule = { type: 'text', oneOf: ['YES', 'NO'] };
const notEmpty: FeatureRule = { type: 'text', valid: (value) => (value === '' ? 'it is empty' : null) };
const size: FeatureRule = { type: 'number', units: sizeUnits };
const version: FeatureRule = {
  type: 'text',
  valid: (value) => (/^(\d+(\.\d+)*)?$/.test(String(value)) ? null : 'it must be digits separated by points'),
};
const outports: FeatureRule = {
  type: 'text',
  valid: (value) => {
    try {
      parseOutports(String(value));
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  },
};
const newPassword: FeatureRule = {
  type: 'text',
  valid: (value) => {
    const password = String(value);
    const strong =
      password.length > 6 && /[A-Z]/.test(password) && /\d/.test(password) && /[^A-Z\d]/.test(password);
    return strong
      ? null
      : 'it needs more than 6 characters, an upper case letter, a digit and one of neither kind';
  },
};

export const networkRules: ReadonlyMap<string, FeatureRule> = new Map([
  ['outbound', yesNo],
  ['outports', outports],
  ['provider_id', text],
]);

export const ansibleRules: ReadonlyMap<string, FeatureRule> = new Map(
  ['host', 'credentials.username', 'credentials.password', 'credentials.private_key'].map((name) => [
    name,
    text,
  ]),
);

export const applicationRules: ReadonlyMap<string, FeatureRule> = new Map([
  ['name', notEmpty],
  ['path', notEmpty],
  ['version', version],
  ['preinstalled', yesNo],
]);

const systemRules: ReadonlyMap<string, FeatureRule> = new Map<string, FeatureRule>([
  ['spot', yesNo],
  ['image_type', { type: 'text', oneOf: ['VMDK', 'QCOW', 'QCOW2', 'RAW'] }],
  ['virtual_system_type', text],
  ['price', { type: 'number' }],
  ['cpu.count', { type: 'number' }],
  ['cpu.arch', { type: 'text', oneOf: ['I386', 'I686', 'X86_64', 'AMD64', 'AARCH64', 'ARM64'] }],
  ['cpu.performance', { type: 'number', units: ['ECU', 'GCEU', 'HRZ'] }],
  ['memory.size', size],
  ['disk.0.os.credentials.new.password', newPassword],
  ['ansible_host', text],
]);

const indexedRules: ReadonlyMap<string, FeatureRule> = new Map<string, FeatureRule>([
  ['net_interface.N.connection', text],
  ['net_interface.N.ip', text],
  ['net_interface.N.dns_name', text],
  ['disk.N.image.url', { type: 'text or list' }],
  ['disk.N.image.name', text],
  ['disk.N.type', text],
  ['disk.N.device', text],
  ['disk.N.mount_path', text],
  ['disk.N.fstype', text],
  ['disk.N.os.flavour', text],
  ['disk.N.os.credentials.username', text],
  ['disk.N.os.credentials.password', text],
  ['disk.N.os.credentials.private_key', text],
  ['disk.N.os.credentials.public_key', text],
  ['disk.N.size', size],
  ['disk.N.free_size', size],
  ['disk.N.os.name', { type: 'text', oneOf: ['LINUX', 'WINDOWS', 'MAC OS X'] }],
  ['disk.N.os.version', version],
  ['disk.N.applications', { type: 'group' }],
]);

/** Names of indexed features: `net_interface.<n>.` and `disk.<n>.`. */
export const indexedName = /^(net_interface|disk)\.(?:(\d{1,9})(?=\.|$))?/;

/** Rule of a feature of a system, undefined when it is free. */
export function systemRule(name: string): FeatureRule | undefined {
  return systemRules.get(name) ?? indexedRules.get(name.replace(/^(net_interface|disk)\.\d+\./, '$1.N.'));
}
