// For `node --import`: SIGUSR2 stops all JavaScript of the process for 8 seconds, as a long computation would.
const word = new Int32Array(new SharedArrayBuffer(4));

process.on('SIGUSR2', () => {
  Atomics.wait(word, 0, 0, 8_000);
});
