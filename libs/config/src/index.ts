export { ConfigError } from './config-error.js';
export type { ConfigInput, ConfigProfile, LoadedConfig } from './load.js';
export { loadConfig } from './load.js';
export type { OidcAdminGroup } from './options/identity.js';
export type { AdminUser } from './options/storage.js';
export { readTextFile } from './read-text-file.js';
export { renderConfig, renderOptionTables } from './render.js';
export type { Config, OptionName } from './table.js';
