import type { Infrastructure, Vm } from '@im/domain';
import { templateName } from '../tosca/template-name.js';

/** One infrastructure in the statistics, with the keys and in the order of the API (spec: rest-api.md 10.4). */
export interface StatisticsRow {
  creation_date: string;
  tosca_name: string;
  vm_count: number;
  cpu_count: number;
  /** In MB (10^6). */
  memory_size: number;
  cloud_type: string;
  cloud_host: string;
  hybrid: boolean;
  deleted: boolean;
  im_user: string;
  inf_id: string;
  last_date: string;
}

const keys: readonly (keyof StatisticsRow)[] = [
  'creation_date',
  'tosca_name',
  'vm_count',
  'cpu_count',
  'memory_size',
  'cloud_type',
  'cloud_host',
  'hybrid',
  'deleted',
  'im_user',
  'inf_id',
  'last_date',
];

/** @param vms all of them, removed ones included */
export function statisticsRow(infrastructure: Infrastructure, vms: readonly Vm[]): StatisticsRow {
  const total = (name: string, unit?: string): number =>
    vms.reduce((sum, vm) => sum + (vm.info.systems[0]?.features.getNumber(name, unit) ?? 0), 0);
  return {
    creation_date: dateText(infrastructure.createdAt),
    tosca_name: templateName(infrastructure.tosca),
    vm_count: vms.length,
    cpu_count: total('cpu.count'),
    memory_size: total('memory.size', 'M'),
    cloud_type: vms[0]?.cloud.type ?? '',
    cloud_host: vms[0]?.cloud.server ?? '',
    hybrid: new Set(vms.map((vm) => vm.cloud.server)).size > 1,
    deleted: infrastructure.deletedAt !== null,
    im_user: infrastructure.owners[0]?.username ?? '',
    inf_id: infrastructure.id,
    last_date: dateText(infrastructure.updatedAt),
  };
}

/** CSV with a header line, CRLF line ends and `True`/`False`; nothing but a line end without rows. */
export function statisticsCsv(rows: readonly StatisticsRow[]): string {
  if (rows.length === 0) {
    return '\r\n';
  }
  const lines = rows.map((row) => keys.map((key) => csvCell(row[key])).join(','));
  return [keys.join(','), ...lines, ''].join('\r\n');
}

function csvCell(value: string | number | boolean): string {
  const text = typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** `YYYY-MM-DD HH:MM:SS` in local time. */
function dateText(ms: number): string {
  const at = new Date(ms);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}
