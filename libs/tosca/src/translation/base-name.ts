/** Last part of the path of an URL, as a file name that no shell reads otherwise. */
export function baseName(url: string): string {
  const path = url.replace(/[?#].*$/, '').replace(/\/+$/, '');
  const name = path.slice(path.lastIndexOf('/') + 1).replaceAll(/[^A-Za-z0-9._-]/g, '_');
  return /^\.*$/.test(name) ? 'file' : name;
}
