import type { AuthItem } from '@im/domain';
import { CloudError } from '@im/domain';
import { z } from 'zod';
import type { DockerEngine } from './docker-engine.js';
import { imageAnswer } from './engine-answers.js';
import { errorCode } from './engine-calls.js';
import type { ImageReference } from './image-reference.js';

/** A pull may take long; the engine goes on with it when we stop waiting, so that a repeated launch finds more of it done. */
const pullTimeoutMs = 15 * 60_000;
const longestLine = 1024 * 1024;

/**
 * Makes sure that the engine has the image; it is pulled only when it has not (spec: connectors/docker.md 3.4).
 * @throws CloudError `NotFound` for an image that does not exist, `Unauthenticated` when the registry refuses
 */
export async function ensureImage(
  engine: DockerEngine,
  image: ImageReference,
  credentials: AuthItem,
  signal: AbortSignal,
): Promise<void> {
  const known = await engine.callUnlessMissing({
    method: 'image.inspect',
    problem: 'Error looking for the image',
    signal,
    send: (docker) => docker.getImage(image.name).inspect(),
    answer: imageAnswer,
  });
  if (known !== undefined) {
    return;
  }
  const auth = registryAuth(image, credentials);
  const problem = `Error pulling the image ${image.name}`;
  await engine.call({
    method: 'image.pull',
    problem,
    signal,
    timeoutMs: pullTimeoutMs,
    send: async (docker) => {
      const parameters = { fromImage: image.repository, tag: image.tag };
      const stream = await (auth === undefined
        ? docker.createImage(parameters)
        : docker.createImage(auth, parameters));
      await readPull(stream);
    },
    answer: z.unknown(),
  });
}

/** Credentials of the auth line, only for images of the registry that they are for. */
function registryAuth(
  image: ImageReference,
  credentials: AuthItem,
): { username: string; password: string; serveraddress: string } | undefined {
  const username = credentials['registry_username'];
  const password = credentials['registry_password'];
  const registry = (credentials['registry'] || 'docker.io')
    .replace(/^https?:\/\//u, '')
    .replace(/\/.*$/u, '');
  if (username === undefined || password === undefined || registry !== image.registry) {
    return undefined;
  }
  return { username, password, serveraddress: registry };
}

const progressLine = z.object({
  error: z.string().optional(),
  errorDetail: z.object({ message: z.string() }).optional(),
});

/** The answer of a pull is 200 before anything happened: the failure is a line in its stream. */
async function readPull(stream: NodeJS.ReadableStream): Promise<void> {
  let rest = '';
  for await (const part of stream) {
    const lines = `${rest}${String(part)}`.split('\n');
    rest = (lines.pop() ?? '').slice(-longestLine);
    lines.forEach(checkLine);
  }
  checkLine(rest);
}

function checkLine(line: string): void {
  if (line.trim() === '') {
    return;
  }
  const progress = progressLine.safeParse(jsonOf(line));
  const message = progress.success ? (progress.data.errorDetail?.message ?? progress.data.error) : undefined;
  if (message !== undefined) {
    throw new CloudError(errorCode(500, message), message);
  }
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
