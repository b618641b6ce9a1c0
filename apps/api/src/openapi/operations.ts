/** One parameter of the query. */
export interface QueryParameter {
  name: string;
  text: string;
  type: 'boolean' | 'string' | 'integer';
  required?: boolean;
}

/** What the description says of one method of one path. */
export interface ApiOperation {
  method: 'get' | 'post' | 'put' | 'delete';
  path: string;
  summary: string;
  query?: readonly QueryParameter[];
  /** document: RADL; json: a JSON object. */
  body?: 'document' | 'json';
  answers: readonly string[];
  /** Needs no Authorization header. */
  open?: true;
}

const flag = (name: string, text: string): QueryParameter => ({ name, text, type: 'boolean' });
const infrastructure = '/infrastructures/{infrastructureId}';
const vm = `${infrastructure}/vms/{vmId}`;
const both = ['text/plain', 'application/json'];
const uris = ['text/uri-list', 'application/json'];

/** All operations of the API, in the order of its manual (spec: rest-api.md 1.2). */
export const apiOperations: readonly ApiOperation[] = [
  { method: 'get', path: '/version', summary: 'Version of the service', answers: both, open: true },
  {
    method: 'get',
    path: '/health/live',
    summary: 'The process answers',
    answers: ['application/json'],
    open: true,
  },
  {
    method: 'get',
    path: '/health/ready',
    summary: 'Database and queue work',
    answers: ['application/json'],
    open: true,
  },
  { method: 'get', path: '/metrics', summary: 'Figures for Prometheus', answers: ['text/plain'], open: true },
  {
    method: 'get',
    path: '/infrastructures',
    summary: 'Infrastructures of the caller',
    query: [{ name: 'filter', text: 'Regular expression searched in their documents', type: 'string' }],
    answers: uris,
  },
  {
    method: 'post',
    path: '/infrastructures',
    summary: 'Create an infrastructure',
    query: [
      flag('async', 'Answer before the VMs are asked for'),
      flag('dry_run', 'Only estimate what would be used'),
    ],
    body: 'document',
    answers: uris,
  },
  {
    method: 'put',
    path: '/infrastructures',
    summary: 'Import an exported infrastructure',
    body: 'json',
    answers: uris,
  },
  { method: 'get', path: infrastructure, summary: 'VMs of an infrastructure', answers: uris },
  {
    method: 'post',
    path: infrastructure,
    summary: 'Add resources',
    query: [
      flag('context', 'Contextualize afterwards (default true)'),
      flag('async', 'Answer before the VMs are asked for, with an empty list'),
    ],
    body: 'document',
    answers: uris,
  },
  {
    method: 'delete',
    path: infrastructure,
    summary: 'Destroy an infrastructure',
    query: [
      flag('force', 'Forget it although something could not be destroyed'),
      flag('async', 'Answer before it is gone'),
    ],
    answers: ['text/plain'],
  },
  {
    method: 'get',
    path: `${infrastructure}/{property}`,
    summary: 'Property: contmsg, radl, tosca, state, outputs, data or authorization',
    query: [
      flag('headeronly', 'contmsg without the logs of the VMs'),
      flag('delete', 'data: forget the infrastructure after its export'),
    ],
    answers: both,
  },
  {
    method: 'post',
    path: `${infrastructure}/authorization`,
    summary: 'Add or change the owner',
    query: [flag('overwrite', 'The new owner replaces all others')],
    body: 'json',
    answers: ['text/plain'],
  },
  {
    method: 'put',
    path: `${infrastructure}/reconfigure`,
    summary: 'Contextualize again',
    query: [{ name: 'vm_list', text: 'VM numbers, separated by commas', type: 'string' }],
    body: 'document',
    answers: ['text/plain'],
  },
  { method: 'put', path: `${infrastructure}/start`, summary: 'Start all VMs', answers: ['text/plain'] },
  { method: 'put', path: `${infrastructure}/stop`, summary: 'Stop all VMs', answers: ['text/plain'] },
  { method: 'get', path: vm, summary: 'RADL of a VM with its current facts', answers: both },
  { method: 'put', path: vm, summary: 'Alter a VM', body: 'document', answers: both },
  {
    method: 'delete',
    path: vm,
    summary: 'Remove VMs (numbers separated by commas)',
    query: [flag('context', 'Contextualize the others afterwards (default true)')],
    answers: ['text/plain'],
  },
  {
    method: 'get',
    path: `${vm}/{property}`,
    summary: 'A feature of the VM, contmsg or command',
    query: [{ name: 'step', text: 'Step of command', type: 'integer' }],
    answers: both,
  },
  { method: 'put', path: `${vm}/start`, summary: 'Start a VM', answers: ['text/plain'] },
  { method: 'put', path: `${vm}/stop`, summary: 'Stop a VM', answers: ['text/plain'] },
  { method: 'put', path: `${vm}/reboot`, summary: 'Reboot a VM', answers: ['text/plain'] },
  {
    method: 'put',
    path: `${vm}/disks/{disk}/snapshot`,
    summary: 'Make an image of a disk',
    query: [
      { name: 'image_name', text: 'Name of the image', type: 'string', required: true },
      flag('auto_delete', 'Delete the image together with the infrastructure'),
    ],
    answers: ['text/plain'],
  },
  {
    method: 'get',
    path: '/clouds/{cloudId}/images',
    summary: 'Images of a cloud',
    query: [{ name: 'filters', text: 'key=value pairs separated by commas', type: 'string' }],
    answers: ['application/json'],
  },
  {
    method: 'get',
    path: '/clouds/{cloudId}/quotas',
    summary: 'Quotas of a cloud',
    answers: ['application/json'],
  },
  {
    method: 'get',
    path: '/stats',
    summary: 'Statistics of the caller',
    query: [
      { name: 'init_date', text: 'YYYY-MM-DD', type: 'string' },
      { name: 'end_date', text: 'YYYY-MM-DD', type: 'string' },
    ],
    answers: ['application/json', 'text/csv'],
  },
];
