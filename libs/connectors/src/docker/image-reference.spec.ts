import { describe, expect, it } from 'vitest';
import { imageReference } from './image-reference.js';

const digest = `sha256:${'a'.repeat(64)}`;

describe('Docker images', () => {
  it.each([
    ['docker://ubuntu', 'ubuntu:latest', 'ubuntu', 'latest', 'docker.io'],
    ['docker://ubuntu:24.04', 'ubuntu:24.04', 'ubuntu', '24.04', 'docker.io'],
    ['docker://user/name', 'user/name:latest', 'user/name', 'latest', 'docker.io'],
    [
      'docker://registry:5000/name',
      'registry:5000/name:latest',
      'registry:5000/name',
      'latest',
      'registry:5000',
    ],
    [
      'docker://registry.example.org/a/b:1',
      'registry.example.org/a/b:1',
      'registry.example.org/a/b',
      '1',
      'registry.example.org',
    ],
    ['docker://localhost/name:1', 'localhost/name:1', 'localhost/name', '1', 'localhost'],
    [`docker://name@${digest}`, `name@${digest}`, 'name', digest, 'docker.io'],
    [`docker://r:5000/name:1@${digest}`, `r:5000/name@${digest}`, 'r:5000/name', digest, 'r:5000'],
  ])('are read from %s', (url, name, repository, tag, registry) => {
    expect(imageReference(url)).toEqual({ name, repository, tag, registry });
  });

  it.each([
    'docker://',
    'ost://host/image',
    'ubuntu',
    'docker://a b',
    'docker://../x',
    'docker://name:1?x=y',
    'docker://name@md5',
  ])('are not %s', (url) => {
    expect(imageReference(url)).toBeNull();
  });
});
