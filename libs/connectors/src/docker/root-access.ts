import { CloudError } from '@im/domain';
import type { System } from '@im/radl';
import { extract, pack } from 'tar-stream';
import { z } from 'zod';
import type { DockerEngine } from './docker-engine.js';
import { passwordFile } from './setup-script.js';
import { newKeyPair, publicKeyOf } from './ssh-key.js';

/** How root of a container is reached. */
export interface RootAccess {
  publicKey: string;
  /** Absent when the user keeps it. */
  privateKey?: string;
  password?: string;
}

/**
 * The key that the user gave, or a new pair for this VM; a password only if the user gave one (spec: connectors/docker.md 3.4,
 * README.md 5.2).
 */
export async function rootAccess(system: System): Promise<RootAccess> {
  const text = (name: string): string | undefined =>
    system.features.getText(`disk.0.os.credentials.${name}`) || undefined;
  const privateKey = text('private_key');
  const publicKey = text('public_key') ?? (privateKey === undefined ? undefined : publicKeyOf(privateKey));
  const password = text('password');
  if (password !== undefined && /[\r\n]/u.test(password)) {
    throw new CloudError('InvalidInput', 'disk.0.os.credentials.password must not contain line breaks.');
  }
  if (publicKey !== undefined && /[\r\n]/u.test(publicKey.trim())) {
    throw new CloudError(
      'InvalidInput',
      'disk.0.os.credentials.public_key must be one line in the form of OpenSSH.',
    );
  }
  return {
    ...(publicKey === undefined
      ? await newKeyPair()
      : { publicKey: publicKey.trim(), ...(privateKey === undefined ? {} : { privateKey }) }),
    ...(password === undefined ? {} : { password }),
  };
}

/**
 * Puts key and password into the files of a container, before its start or later. Keys that are there stay: another attempt of the
 * same launch may have told its key already.
 */
export async function grantAccess(
  engine: DockerEngine,
  containerId: string,
  access: RootAccess,
  signal: AbortSignal,
): Promise<void> {
  const known = await authorizedKeys(engine, containerId, signal);
  const keys = new Set([...known, access.publicKey]);
  const archive = await rootFiles([...keys], access.password);
  await engine.call({
    method: 'container.archive',
    problem: 'Error writing the SSH key to the Container',
    signal,
    send: (docker) => docker.getContainer(encodeURIComponent(containerId)).putArchive(archive, { path: '/' }),
    answer: z.unknown(),
  });
}

async function authorizedKeys(
  engine: DockerEngine,
  containerId: string,
  signal: AbortSignal,
): Promise<string[]> {
  const text = await engine.callUnlessMissing({
    method: 'container.read',
    problem: 'Error reading the SSH keys of the Container',
    signal,
    send: async (docker) => {
      const stream = await docker
        .getContainer(containerId)
        .getArchive({ path: '/root/.ssh/authorized_keys' });
      return firstFile(stream);
    },
    answer: z.string(),
  });
  return (text ?? '').split('\n').filter((key) => key.trim() !== '');
}

async function firstFile(archive: NodeJS.ReadableStream): Promise<string> {
  const reader = extract();
  archive.pipe(reader);
  archive.once('error', (error: Error) => reader.destroy(error));
  let text = '';
  for await (const entry of reader) {
    for await (const part of entry) {
      text += String(part);
    }
  }
  return text;
}

async function rootFiles(keys: readonly string[], password: string | undefined): Promise<Buffer> {
  const archive = pack();
  archive.entry({ name: 'root/.ssh', type: 'directory', mode: 0o700 });
  archive.entry({ name: 'root/.ssh/authorized_keys', mode: 0o600 }, `${keys.join('\n')}\n`);
  if (password !== undefined) {
    archive.entry({ name: passwordFile, mode: 0o600 }, `root:${password}\n`);
  }
  archive.finalize();
  const parts: Buffer[] = [];
  for await (const part of archive) {
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts);
}
