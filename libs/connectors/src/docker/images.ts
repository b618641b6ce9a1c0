import type { CloudImage } from '@im/domain';
import { CloudError } from '@im/domain';
import { z } from 'zod';
import type { DockerEngine } from './docker-engine.js';
import { imageAnswer, imageListAnswer } from './engine-answers.js';
import { imageReference } from './image-reference.js';

/** The files of a container are copied. */
const commitTimeoutMs = 10 * 60_000;

/** Images that an engine has. */
export class Images {
  constructor(private readonly engine: DockerEngine) {}

  /** @param filters `distribution` and `version`: parts of the name, in any case */
  async list(filters: Readonly<Record<string, string>>, signal: AbortSignal): Promise<CloudImage[]> {
    const images = await this.engine.call({
      method: 'image.list',
      problem: 'Error listing the images',
      signal,
      send: (docker) => docker.listImages(),
      answer: imageListAnswer,
    });
    const parts = [filters['distribution'], filters['version']].flatMap((part) => part?.toLowerCase() ?? []);
    return images
      .flatMap((image) => image.RepoTags ?? [])
      .filter((tag) => tag !== '<none>:<none>')
      .filter((tag) => parts.every((part) => tag.toLowerCase().includes(part)))
      .sort()
      .map((tag) => ({ uri: `docker://${tag}`, name: tag }));
  }

  /** @returns URL of the image made of the files of a container; its volumes are not part of it */
  async fromContainer(containerId: string, imageName: string, signal: AbortSignal): Promise<string> {
    const image = imageReference(`docker://${imageName.toLowerCase().replaceAll(/[^\w./:-]/gu, '-')}`);
    if (image === null) {
      throw new CloudError('InvalidInput', `${imageName} is no name for a Docker image.`);
    }
    await this.engine.call({
      method: 'image.commit',
      problem: 'Error creating the image of the Container',
      signal,
      timeoutMs: commitTimeoutMs,
      send: (docker) =>
        docker
          .getContainer(encodeURIComponent(containerId))
          .commit({ repo: image.repository, tag: image.tag }),
      answer: imageAnswer,
    });
    return `docker://${image.name}`;
  }

  async delete(url: string, signal: AbortSignal): Promise<void> {
    const image = imageReference(url);
    if (image === null) {
      throw new CloudError('InvalidInput', `The image ${url} is no Docker image.`);
    }
    await this.engine.callUnlessMissing({
      method: 'image.delete',
      problem: 'Error deleting the image',
      signal,
      send: (docker) => docker.getImage(image.name).remove(),
      answer: z.unknown(),
    });
  }
}
