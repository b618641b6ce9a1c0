import type { OptionDefinition, ValueOf } from './option.js';
import { cloudOptions } from './options/clouds.js';
import { contextualizationOptions } from './options/contextualization.js';
import { identityOptions } from './options/identity.js';
import { loggingOptions } from './options/logging.js';
import { oaipmhOptions } from './options/oaipmh.js';
import { restOptions } from './options/rest.js';
import { serviceOptions } from './options/service.js';
import { storageOptions } from './options/storage.js';
import { toscaOptions } from './options/tosca.js';
import { vmDefaultOptions } from './options/vm-defaults.js';
import { xmlrpcOptions } from './options/xmlrpc.js';

/** Options under the headings of the manual, in its order. */
export const OPTION_GROUPS = {
  'Storage, users and limits': storageOptions,
  'The service itself': serviceOptions,
  Log: loggingOptions,
  'REST API': restOptions,
  'Defaults of machines': vmDefaultOptions,
  Contextualization: contextualizationOptions,
  'TOSCA documents': toscaOptions,
  'Networks and clouds': cloudOptions,
  'OpenID Connect and Vault': identityOptions,
  'OAI-PMH': oaipmhOptions,
  'XML-RPC API and single site': xmlrpcOptions,
} as const;

/** Every option, by name. Those of section [OpenNebula] carry the prefix OPENNEBULA_. */
export const OPTIONS = {
  ...storageOptions,
  ...serviceOptions,
  ...loggingOptions,
  ...restOptions,
  ...vmDefaultOptions,
  ...contextualizationOptions,
  ...toscaOptions,
  ...cloudOptions,
  ...identityOptions,
  ...oaipmhOptions,
  ...xmlrpcOptions,
} as const;

export type OptionName = keyof typeof OPTIONS;

/** The effective value of every option. Times are in the unit the option's text names (mostly seconds). */
export type Config = { readonly [N in OptionName]: ValueOf<(typeof OPTIONS)[N]> };

/** The table as a list, for code that treats all options alike. */
export function allOptions(): readonly (readonly [string, OptionDefinition])[] {
  return Object.entries<OptionDefinition>(OPTIONS);
}

/** Name of an option inside its section of im.cfg. */
export function nameInFile(name: string, option: OptionDefinition): string {
  return option.section === 'OpenNebula' ? name.slice('OPENNEBULA_'.length) : name;
}
