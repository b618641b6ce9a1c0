import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../setup/run.mjs';
import { clusterTools } from './provide-helm.mjs';

/** A command failed; the message holds its output. */
export class CommandError extends Error {
  name = 'CommandError';
}

/**
 * A Kubernetes of one node on this machine, started by ../shared/tools/kubernetes/kubernetes-up. Commands run with its KUBECONFIG.
 */
export class Cluster {
  constructor(helm, env) {
    this.helmProgram = helm;
    this.env = env;
  }

  /** @throws CommandError when it does not start */
  static async start(helm) {
    const folder = process.env.IM_KUBERNETES_DIR ?? '/var/tmp/im-kubernetes';
    const { code } = await run([join(clusterTools, 'kubernetes-up')]);
    if (code !== 0) {
      throw new CommandError('kubernetes-up failed; see above.');
    }
    const file = readFileSync(join(folder, 'env'), 'utf8');
    const [, kubeconfig, path] = /KUBECONFIG=(\S+) PATH=(\S+):\$PATH/.exec(file);
    return new Cluster(helm, {
      ...process.env,
      KUBECONFIG: kubeconfig,
      PATH: `${path}:${process.env.PATH}`,
    });
  }

  async stop() {
    await run([join(clusterTools, 'kubernetes-down')]);
  }

  /** @returns what the command printed @throws CommandError */
  async command(words) {
    const { code, output } = await run(words, { collect: true, env: this.env });
    if (code !== 0) {
      throw new CommandError(`${words.slice(0, 6).join(' ')} ... ended with ${code}:\n${output}`);
    }
    return output;
  }

  kubectl(...args) {
    return this.command(['kubectl', ...args]);
  }

  helm(...args) {
    return this.command([this.helmProgram, ...args]);
  }

  /** Puts an image into the node: a tar of an image, or a name with a tar of a root file system and options of kubernetes-image. */
  image(...args) {
    return this.command([join(clusterTools, 'kubernetes-image'), ...args]);
  }

  async json(...args) {
    return JSON.parse(await this.kubectl(...args, '-o', 'json'));
  }

  /** Kills the process of a container, as a machine that fails would. */
  async kill(container) {
    await this.command([
      'ctr',
      '-a',
      '/run/im-kubernetes/containerd.sock',
      '-n',
      'k8s.io',
      'tasks',
      'kill',
      '-s',
      'SIGKILL',
      container,
    ]);
  }
}
