/** `#N#` replaced by the number of the VM (spec: radl.md 15). */
export function expandHostName(template: string, vmNumber: number): string {
  return template.replaceAll('#N#', String(vmNumber));
}

/** Host name and domain of an interface: the name is cut at its first point. */
export function splitHostName(
  template: string,
  vmNumber: number,
): { hostname: string; domain: string | null } {
  const name = expandHostName(template, vmNumber);
  const point = name.indexOf('.');
  return point < 0
    ? { hostname: name, domain: null }
    : { hostname: name.slice(0, point), domain: name.slice(point + 1) };
}

/** Record and zone (with final point) for the DNS service of a cloud: `host@zone` or `host.zone`; null when the name is refused. */
export function dnsRecordOf(name: string): { hostname: string; domain: string } | null {
  const parts = name.split('@');
  if (parts.length > 2) {
    return null;
  }
  const separator = parts.length === 2 ? '@' : '.';
  const at = name.indexOf(separator);
  return at < 0
    ? { hostname: name, domain: '.' }
    : { hostname: name.slice(0, at), domain: `${name.slice(at + 1)}.` };
}
