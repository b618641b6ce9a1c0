import { existsSync, readFileSync } from 'node:fs';
import type { Config } from '@im/config';
import { messageOf } from '@im/domain';

/** Default of REST_SSL_CA_CERTS. */
const usualChain = '/etc/im/pki/ca-chain.pem';

type TlsConfig = Pick<Config, 'REST_SSL_KEYFILE' | 'REST_SSL_CERTFILE' | 'REST_SSL_CA_CERTS'>;

/** PEM texts for HTTPS, for the server of Node. */
export interface TlsOptions {
  key: Buffer;
  cert: Buffer;
  ca?: Buffer;
}

/**
 * Reads what HTTPS needs (spec: configuration.md 2.6). A chain is not needed: the file of the default path may be missing.
 * @throws Error that names the option of a file that cannot be read
 */
export function readTlsOptions(config: TlsConfig): TlsOptions {
  const chain = config.REST_SSL_CA_CERTS;
  const hasChain = chain !== '' && (chain !== usualChain || existsSync(chain));
  return {
    key: readPem(config, 'REST_SSL_KEYFILE'),
    cert: readPem(config, 'REST_SSL_CERTFILE'),
    ...(hasChain ? { ca: readPem(config, 'REST_SSL_CA_CERTS') } : {}),
  };
}

function readPem(config: TlsConfig, option: keyof TlsConfig): Buffer {
  try {
    return readFileSync(config[option]);
  } catch (cause) {
    throw new Error(`${option} cannot be read: ${messageOf(cause)}`, { cause });
  }
}
