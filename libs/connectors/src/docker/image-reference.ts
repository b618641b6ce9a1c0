/** An image as named by `docker://[registry[:port]/]name[:tag][@digest]` (spec: connectors/docker.md 2). */
export interface ImageReference {
  /** As the engine names it: everything after the scheme, with the tag `latest` when there is neither tag nor digest. */
  name: string;
  /** Name without tag and digest, with the registry. */
  repository: string;
  /** Tag, or digest with its algorithm. */
  tag: string;
  /** Host and port; `docker.io` when none is named. */
  registry: string;
}

const scheme = 'docker://';
const form =
  /^(?<repository>[a-z\d][\w.-]*(?::\d+(?=\/))?(?:\/[a-z\d][\w.-]*)*)(?::(?<tag>\w[\w.-]{0,127}))?(?:@(?<digest>[a-z\d]+:[\da-f]{32,}))?$/iu;

/** null when the URL is not that of a Docker image. */
export function imageReference(url: string): ImageReference | null {
  if (!url.startsWith(scheme)) {
    return null;
  }
  const parts = form.exec(url.slice(scheme.length))?.groups;
  const repository = parts?.['repository'];
  if (parts === undefined || repository === undefined) {
    return null;
  }
  const digest = parts['digest'];
  const tag = digest ?? parts['tag'] ?? 'latest';
  const first = repository.includes('/') ? (repository.split('/')[0] ?? '') : '';
  const registry = /[.:]/u.test(first) || first === 'localhost' ? first : 'docker.io';
  return { name: `${repository}${digest === undefined ? ':' : '@'}${tag}`, repository, tag, registry };
}
