import type { Radl } from '@im/radl';
import { parseRadl } from '@im/radl';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { userData } from './cloud-init.js';

const boot = { user: 'admin', publicKey: 'ssh-rsa AAAA' };

function documentWith(recipe: string): Radl {
  return parseRadl(`
system front ( cpu.count = 1 )
configure first (
@begin
${recipe}
@end
)
contextualize ( system front configure first with cloud_init )`);
}

describe('user data for cloud-init', () => {
  it('is nothing when there is nothing to say', () => {
    expect(
      userData(parseRadl('system front ( cpu.count = 1 )'), [], { user: 'admin', sshPort: 22 }),
    ).toBeUndefined();
  });

  it('installs the key of the user', () => {
    const text = userData(parseRadl('system front ( cpu.count = 1 )'), [], boot) ?? '';

    expect(text).toMatch(/^#cloud-config\n/u);
    expect(parse(text)).toEqual({
      users: [
        {
          name: 'admin',
          sudo: 'ALL=(ALL) NOPASSWD:ALL',
          lock_passwd: true,
          homedir: '/opt/admin',
          ssh_authorized_keys: ['ssh-rsa AAAA'],
        },
      ],
      merge_how: 'list(append)+dict(recurse_array,no_replace)+str()',
    });
  });

  it('appends to the recipe of the system', () => {
    const radl = documentWith('---\nruncmd:\n  - echo mine\npackages: [git]\nhostname: x');

    const config = parse(
      userData(radl, radl.configures, { ...boot, sshPort: 2222, bootCommand: 'curl x | bash &' }) ?? '',
    ) as Record<string, unknown>;

    expect(config['packages']).toEqual(['git', 'curl', 'sshpass']);
    expect(config['hostname']).toBe('x');
    expect(config['runcmd']).toEqual([
      'echo mine',
      "echo 'Running IM reverse SSH command'",
      'curl x | bash &',
      "sed -i '/Port 22/c\\Port 2222' /etc/ssh/sshd_config",
      'service sshd restart',
    ]);
  });

  it('keeps a script beside the key', () => {
    const radl = documentWith('#!/bin/sh\necho hello');

    const text = userData(radl, radl.configures, boot) ?? '';

    expect(text).toMatch(/^Content-Type: multipart\/mixed/u);
    expect(text).toContain('Content-Type: text/x-shellscript; charset="utf-8"\n\n#!/bin/sh\necho hello\n');
    expect(text).toContain('#cloud-config\nusers:');
    expect(userData(radl, radl.configures, { user: 'admin' })).toBe('#!/bin/sh\necho hello');
  });

  it('takes what is nested beyond all reason for a script', () => {
    const radl = documentWith(`a: ${'['.repeat(5000)}${']'.repeat(5000)}`);

    expect(userData(radl, radl.configures, boot)).toMatch(/^Content-Type: multipart\/mixed/u);
  });

  it('is refused when it is longer than the provider takes', () => {
    const radl = documentWith(`---\nwrite_files: ['${'x'.repeat(20_000)}']`);

    expect(() => userData(radl, radl.configures, boot)).toThrow(/more than 16384 bytes/u);
    expect(userData(radl, radl.configures, boot, 64 * 1024)).toBeDefined();
  });
});
