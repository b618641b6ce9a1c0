import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inProject, packageProgram, root } from './paths.mjs';
import { run } from './run.mjs';

const stampPath = inProject('node_modules/.cache/im-build.json');

/** Compiles libs and apps when a source changed since the last build; a look at sizes and times decides. */
export async function ensureBuilt() {
  const fingerprint = fingerprintOfSources();
  if (lastFingerprint() === fingerprint && packageFolders().every(isBuilt)) {
    return;
  }
  console.error('Compiling (tsc -b)...');
  const { code } = await run([...packageProgram('typescript/bin/tsc'), '-b', 'tsconfig.build.json'], {
    stdout: 'stderr',
  });
  if (code !== 0) {
    console.error('The sources do not compile: see the lines above.');
    process.exit(1);
  }
  mkdirSync(dirname(stampPath), { recursive: true });
  writeFileSync(stampPath, JSON.stringify({ fingerprint }));
}

function lastFingerprint() {
  return existsSync(stampPath) ? JSON.parse(readFileSync(stampPath, 'utf8')).fingerprint : undefined;
}

function packageFolders() {
  return ['libs', 'apps'].flatMap((group) =>
    readdirSync(inProject(group), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && existsSync(inProject(group, entry.name, 'tsconfig.json')))
      .map((entry) => inProject(group, entry.name)),
  );
}

function isBuilt(folder) {
  return existsSync(join(folder, 'dist/.tsbuildinfo'));
}

function fingerprintOfSources() {
  const hash = createHash('sha256');
  const files = readdirSync(root)
    .filter((name) => /^(tsconfig.*|package-lock)\.json$/.test(name))
    .map((name) => inProject(name));
  for (const folder of packageFolders()) {
    files.push(join(folder, 'package.json'), join(folder, 'tsconfig.json'));
    for (const entry of readdirSync(join(folder, 'src'), { withFileTypes: true, recursive: true })) {
      if (entry.isFile() && !entry.name.endsWith('.spec.ts')) {
        files.push(join(entry.parentPath ?? entry.path, entry.name));
      }
    }
  }
  for (const file of files.sort()) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${file}:${size}:${mtimeMs}\n`);
  }
  return hash.digest('hex');
}
