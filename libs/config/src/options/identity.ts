import { z } from 'zod';
import { boolean, ignored, integer, json, list, planned, text } from '../option.js';

const adminGroup = z.object({ issuer: z.string(), group: z.string() });

/** A group of an OIDC issuer whose members are administrators. */
export type OidcAdminGroup = z.infer<typeof adminGroup>;

/** OpenID Connect and Vault. spec: configuration.md 2.7 and 2.8 */
export const identityOptions = {
  OIDC_ISSUERS: list([], 'Issuers of the tokens that are accepted, as in their `iss`.', planned),
  OIDC_AUDIENCE: text('', 'Must be one of the audiences of the token.', planned),
  OIDC_CLIENT_ID: text('', 'Client for the introspection of tokens.', planned),
  OIDC_CLIENT_SECRET: text('', 'Its secret.', { ...planned, secrecy: 'whole' }),
  OIDC_SCOPES: list([], 'Scopes the token must have, all of them.', planned),
  OIDC_GROUPS: list([], 'Groups the user must be in, all of them.', planned),
  OIDC_GROUPS_CLAIM: text('groups', 'Claim that holds the groups.', planned),
  OIDC_ADMIN_GROUPS: json<readonly OidcAdminGroup[]>([], 'Groups whose members are administrators.', {
    ...planned,
    schema: z.array(adminGroup),
    allowed: 'a JSON array of {"issuer": ..., "group": ...}',
  }),
  FORCE_OIDC_AUTH: boolean(
    false,
    'Only tokens are accepted. Until they are built this locks everybody out.',
    planned,
  ),
  OIDC_USER_INFO_PATH: text('/userinfo', 'Path of the user information; discovery finds it.', ignored),
  OIDC_INSTROSPECT_PATH: text('/introspect', 'Path of the introspection; discovery finds it.', ignored),
  OIDC_CACHE_TIME: integer(60, 'Seconds a checked token is remembered, never beyond its end.', planned),
  VAULT_URL: text('', 'Vault that holds the cloud credentials of users who come with a token.', planned),
  VAULT_PATH: text(
    '',
    'Path of the credentials; blank: the entity of the log-in; #USER_SUB#: the subject of the token.',
    planned,
  ),
  VAULT_MOUNT_POINT: text('credentials/', 'Mount point of the key-value engine.', planned),
  VAULT_ROLE: text('', 'Role of the log-in; blank: the default role of Vault.', planned),
} as const;
