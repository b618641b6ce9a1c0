import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Radl } from '@im/radl';
import { parseRadl } from '@im/radl';
import { bareAnsibleSeconds } from './bare-ansible.js';
import { loggedPhases } from './contextualization-log.js';
import { engineWithImages } from './engine.js';
import { exampleFile } from './example-file.js';
import type { Figure } from './figure.js';
import { median } from './figure.js';
import { authorization, ImClient } from './im-client.js';
import type { Owned } from './owned.js';
import { startService } from './service-under-test.js';

interface Example {
  name: string;
  file: string;
  /** Most seconds from POST to configured. */
  limit: number;
  runs: number;
}

const examples: readonly Example[] = [
  { name: 'one container', file: 'docker-one-machine.radl', limit: 12, runs: 3 },
  { name: 'front and workers', file: 'docker-front-and-workers.radl', limit: 18, runs: 2 },
];
const configuredLimitMs = 90_000;
/** A contextualization may take this many times as long as Ansible alone, and these seconds more. */
const ansibleFactor = 1.2;
const ansibleExtra = 5;

/** Seconds of one deployment. */
interface Timing {
  total: number;
  launch: number;
  boot: number;
  /** The first log-in that succeeds, and the look for Ansible in it. */
  installCheck: number;
  reach: number;
  ansible: number;
  /** Everything after the launch. */
  contextualization: number;
}

/** The examples on real containers, from POST to configured, against Ansible alone. */
export async function benchContainers(owned: Owned): Promise<Figure[]> {
  const documents = examples.map((example) => {
    const text = readFileSync(exampleFile(example.file), 'utf8');
    return { ...example, text, radl: parseRadl(text) };
  });
  const images = documents.flatMap(({ radl }) => imagesOf(radl));
  const { socketPath } = await engineWithImages(owned, [...new Set(images)]);
  const service = await startService(owned);
  const cloud = `id = docker; type = Docker; host = unix://${socketPath}`;
  const client = new ImClient(service.url, authorization(cloud));
  const figures: Figure[] = [];
  for (const { name, limit, runs, text, radl } of documents) {
    const timings: Timing[] = [];
    let bare = 0;
    for (let run = 0; run < runs; run++) {
      const { url, timing } = await deploy(client, text);
      timings.push(timing);
      if (run === 0) {
        bare = await bareAnsibleSeconds(socketPath, url.split('/').at(-1) ?? '', radl);
      }
      await client.destroy(url);
    }
    figures.push(...figuresOf(name, limit, timings, bare));
  }
  return figures;
}

function imagesOf(radl: Radl): string[] {
  return radl.systems.flatMap((system) => {
    const url = system.features.getText('disk.0.image.url');
    return url === undefined ? [] : [url.replace(/^docker:\/\//, '')];
  });
}

async function deploy(client: ImClient, radl: string): Promise<{ url: string; timing: Timing }> {
  const before = await sshCalls(client);
  const start = performance.now();
  const url = await client.create(radl);
  const launch = (performance.now() - start) / 1000;
  const watch = new AbortController();
  const firstLogin = firstLoginSeconds(client, before, watch.signal);
  try {
    await client.untilConfigured(url, configuredLimitMs);
  } finally {
    watch.abort();
  }
  const total = (performance.now() - start) / 1000;
  const { untilReady, untilCopied } = loggedPhases(await client.get(`${url}/contmsg?headeronly=true`));
  const installCheck = await firstLogin;
  const timing = {
    total,
    launch,
    boot: untilReady - installCheck,
    installCheck,
    reach: untilCopied,
    ansible: total - launch - untilReady - untilCopied,
    contextualization: total - launch,
  };
  return { url, timing };
}

/** Calls over SSH so far. */
interface SshCalls {
  good: number;
  seconds: number;
}

/** No log tells how long the call took that logged in and looked for Ansible: the first good one. */
async function firstLoginSeconds(client: ImClient, before: SshCalls, end: AbortSignal): Promise<number> {
  let last = before;
  while (!end.aborted) {
    const now = await sshCalls(client);
    if (now.good > before.good) {
      return now.seconds - last.seconds;
    }
    last = now;
    await pause(20);
  }
  return 0;
}

async function sshCalls(client: ImClient): Promise<SshCalls> {
  const text = await client.get(`${client.baseUrl}/metrics`);
  const sum = (line: RegExp): number =>
    [...text.matchAll(line)].reduce((total, [, value]) => total + Number(value), 0);
  return {
    good: sum(/^im_ssh_calls_total\{[^}]*outcome="ok"[^}]*\} (\S+)$/gm),
    seconds: sum(/^im_ssh_call_duration_seconds_sum\{[^}]*\} (\S+)$/gm),
  };
}

function figuresOf(name: string, limit: number, timings: readonly Timing[], bare: number): Figure[] {
  const middle = (of: (timing: Timing) => number): number => median(timings.map(of));
  const contextualization = middle((timing) => timing.contextualization);
  return [
    {
      name: `${name}: POST to configured`,
      value: middle((timing) => timing.total),
      unit: 's',
      target: { bound: 'at most', value: limit },
    },
    { name: `${name}: launch`, value: middle((timing) => timing.launch), unit: 's' },
    { name: `${name}: boot until SSH answers`, value: middle((timing) => timing.boot), unit: 's' },
    { name: `${name}: log in, look for Ansible`, value: middle((timing) => timing.installCheck), unit: 's' },
    { name: `${name}: reach the others`, value: middle((timing) => timing.reach), unit: 's' },
    { name: `${name}: Ansible`, value: middle((timing) => timing.ansible), unit: 's' },
    { name: `${name}: bare ansible-playbook`, value: bare, unit: 's' },
    {
      name: `${name}: contextualization (1.2 of bare + 5 s)`,
      value: contextualization,
      unit: 's',
      target: { bound: 'at most', value: ansibleFactor * bare + ansibleExtra },
    },
    {
      name: `${name}: contextualization / bare ansible-playbook`,
      value: contextualization / bare,
      unit: 'ratio',
    },
  ];
}
