/** Which methods each path has, to tell a wrong method from an unknown path. */
export class RouteTable {
  private readonly routes = new Map<string, { pattern: RegExp; methods: Set<string> }>();

  /** @param path in the notation of the router, e.g. `/clouds/:cloudId` */
  add(path: string, methods: readonly string[]): void {
    const key = path === '' ? '/' : path;
    const entry = this.routes.get(key) ?? { pattern: patternOf(key), methods: new Set<string>() };
    for (const method of methods) {
      entry.methods.add(method);
    }
    this.routes.set(key, entry);
  }

  /** Methods of a path, sorted; empty when nothing is there. */
  methodsOf(path: string): string[] {
    const plain = path.length > 1 ? path.replace(/\/+$/, '') : path;
    const found = new Set<string>();
    for (const { pattern, methods } of this.routes.values()) {
      if (pattern.test(plain)) {
        methods.forEach((method) => found.add(method));
      }
    }
    return found.size === 0 ? [] : [...found, 'OPTIONS'].sort();
  }
}

function patternOf(path: string): RegExp {
  const source = path
    .split('/')
    .map((segment) => (segment.startsWith(':') ? '[^/]+' : segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')))
    .join('/');
  return new RegExp(`^${source}$`);
}
