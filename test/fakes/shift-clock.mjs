// For `node --import`: the clock of the process runs `CLOCK_SHIFT_MS` milliseconds ahead (less than 0: behind); each SIGUSR2 turns it to the other side.
const RealDate = Date;
let shift = Number(process.env.CLOCK_SHIFT_MS ?? 0);

class ShiftedDate extends RealDate {
  constructor(...parts) {
    if (parts.length === 0) {
      super(RealDate.now() + shift);
    } else {
      super(...parts);
    }
  }

  static now() {
    return RealDate.now() + shift;
  }
}

globalThis.Date = ShiftedDate;
process.on('SIGUSR2', () => {
  shift = -shift;
});
