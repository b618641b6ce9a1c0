/** Oldest Node.js the service runs on; the same as `engines` in package.json. */
const OLDEST = [20, 19];

/** Ends the program with a sentence when this Node.js is too old. */
export function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) {
    return;
  }
  console.error(
    `Node.js ${process.versions.node} is too old: version ${OLDEST.join('.')} or newer is needed (https://nodejs.org).`,
  );
  process.exit(1);
}
