/** Infrastructures whose versions are remembered; who is seldom asked for is forgotten first. */
const mostRemembered = 20_000;

/**
 * The newest version of each infrastructure that this process saw or wrote. A database that shows an older one is a copy that lags
 * behind, or took over without the last changes (fault 11 of the design).
 */
export class SeenVersions {
  private readonly versions = new Map<string, number>();

  constructor(private readonly most = mostRemembered) {}

  /** @param found null: there is no such row */
  isOld(id: string, found: number | null): boolean {
    return (found ?? -1) < (this.versions.get(id) ?? -1);
  }

  /** Something showed this version. */
  saw(id: string, version: number): void {
    if (version >= (this.versions.get(id) ?? -1)) {
      this.set(id, version);
    }
  }

  /** This process raised the version at least once. */
  raised(id: string): void {
    const known = this.versions.get(id);
    if (known !== undefined) {
      this.set(id, known + 1);
    }
  }

  /** This is the truth, whatever was seen. @param version null: there is no such row */
  correct(id: string, version: number | null): void {
    if (version === null) {
      this.versions.delete(id);
    } else {
      this.set(id, version);
    }
  }

  private set(id: string, version: number): void {
    this.versions.delete(id);
    this.versions.set(id, version);
    if (this.versions.size > this.most) {
      const [oldest] = this.versions.keys();
      this.versions.delete(oldest ?? id);
    }
  }
}
