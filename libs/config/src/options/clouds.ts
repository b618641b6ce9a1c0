import { boolean, ignored, integer, list, planned, text } from '../option.js';

const network = { pattern: /^[\da-f:.]+\/\d{1,3}$/iu, allowed: 'networks such as 10.0.0.0/8' } as const;
const openNebula = { section: 'OpenNebula', status: 'planned' } as const;

/** Networks, tags, providers. spec: configuration.md 2.9, 3 and 8 */
export const cloudOptions = {
  PRIVATE_NET_MASKS: list(
    [
      '10.0.0.0/8',
      '172.16.0.0/12',
      '192.168.0.0/16',
      '192.0.0.0/24',
      '169.254.0.0/16',
      '100.64.0.0/10',
      '198.18.0.0/15',
    ],
    'Private networks; an address outside of all of them is public.',
    { ...planned, form: network },
  ),
  VM_TAG_USERNAME: text('', 'Key of the tag that holds the name of the user; blank: no such tag.'),
  VM_TAG_INF_ID: text('', 'Key of the tag that holds the infrastructure id.'),
  VM_TAG_IM_URL: text('', 'Key of the tag that holds the URL of this service; needs PUBLIC_URL.'),
  VM_TAG_IM: text('', 'Key of the tag that holds the fixed text es.upv.grycap.im.'),
  MAX_CLOUD_CALLS: integer(
    50,
    'Provider calls at once, per process; one provider has four fifths of them at most.',
    { minimum: 1 },
  ),
  PROVIDER_MAX_CALLS: integer(
    0,
    'Calls at once to one provider, over all workers that share a Redis; 0: no limit but MAX_CLOUD_CALLS.',
  ),
  PROVIDER_CALLS_PER_SECOND: integer(
    0,
    'Calls per second to one provider, over all workers that share a Redis; 0: no limit.',
  ),
  CLOUD_CALL_TIMEOUT: integer(60, 'Seconds a provider has to answer one call.', { minimum: 1 }),
  LAUNCH_TIMEOUT: integer(1200, 'Seconds after which a launch that no provider answers is given up.', {
    minimum: 1,
  }),
  DESTROY_TIMEOUT: integer(
    1800,
    'Seconds within which a destroy must succeed before it fails and names what is left; with `force` it then forgets the rest.',
    {
      minimum: 1,
    },
  ),
  ALLOW_LOCAL_PROVIDERS: boolean(
    false,
    'Users may name providers on this host: Docker unix sockets and addresses on loopback or link-local networks.',
    { localDefault: true },
  ),
  ALLOW_HOST_ACCESS: boolean(
    false,
    'Containers may mount folders of the Docker host, run privileged, and share its namespaces.',
    { localDefault: true },
  ),
  DOCKER_PUBLIC_ADDRESS: text(
    '',
    'Address under which published ports of the Docker Engine on this host are reached; blank: the address of the engine.',
  ),
  OPENNEBULA_TEMPLATE_CONTEXT: text('', 'Text added to the CONTEXT of a template.', openNebula),
  OPENNEBULA_TEMPLATE_OTHER: text(
    'GRAPHICS = [type="vnc",listen="0.0.0.0"]',
    'Text added to a template.',
    openNebula,
  ),
  OPENNEBULA_IMAGE_UNAME: text('', 'Owner of images that are given by name.', openNebula),
  OPENNEBULA_TTS_URL: text('https://localhost:8443', 'Token translation service of 1.19.', {
    ...ignored,
    section: 'OpenNebula',
  }),
} as const;
