import { boolean, integer, planned, text } from '../option.js';

/** The XML-RPC API of 1.19. spec: configuration.md 2.5 */
export const xmlrpcOptions = {
  ACTIVATE_XMLRPC: boolean(true, 'Serve the XML-RPC API.', planned),
  XMLRCP_PORT: integer(8899, 'Port of the XML-RPC API (the odd name is the real one).', {
    ...planned,
    maximum: 65_535,
    aliases: ['XMLRPC_PORT'],
  }),
  XMLRCP_ADDRESS: text('0.0.0.0', 'Address the XML-RPC API listens on.', {
    ...planned,
    localDefault: '127.0.0.1',
    aliases: ['XMLRPC_ADDRESS'],
  }),
  XMLRCP_SSL: boolean(false, 'TLS for the XML-RPC API.', { ...planned, aliases: ['XMLRPC_SSL'] }),
  XMLRCP_SSL_KEYFILE: text('/etc/im/pki/server-key.pem', 'Private key for it.', {
    ...planned,
    aliases: ['XMLRPC_SSL_KEYFILE'],
  }),
  XMLRCP_SSL_CERTFILE: text('/etc/im/pki/server-cert.pem', 'Certificate for it.', {
    ...planned,
    aliases: ['XMLRPC_SSL_CERTFILE'],
  }),
  XMLRCP_SSL_CA_CERTS: text('/etc/im/pki/ca-chain.pem', 'CA chain; client certificates are optional.', {
    ...planned,
    aliases: ['XMLRPC_SSL_CA_CERTS'],
  }),
  VMINFO_JSON: boolean(false, 'GetVMInfo answers JSON instead of RADL text.', planned),
  SINGLE_SITE: boolean(
    false,
    'The service stands before one site and takes its credentials from the log-in.',
    planned,
  ),
  SINGLE_SITE_TYPE: text('', 'Type of that site.', planned),
  SINGLE_SITE_AUTH_HOST: text('', 'Host of that site.', planned),
  SINGLE_SITE_IMAGE_URL_PREFIX: text('', 'Prefix of the image URLs of that site.', planned),
  SINGLE_SITE_ONE_HOST: text('', 'Host of the OpenNebula that is the single site.', planned),
} as const;
