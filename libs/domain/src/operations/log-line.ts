const pad = (value: number, width: number): string => String(value).padStart(width, '0');

/** A line of the infrastructure log: `YYYY-MM-DD HH:MM:SS.ffffff: <text>` in local time (spec: lifecycle.md 14.2). */
export function logLine(now: number, text: string): string {
  const at = new Date(now);
  const day = `${at.getFullYear()}-${pad(at.getMonth() + 1, 2)}-${pad(at.getDate(), 2)}`;
  const time = `${pad(at.getHours(), 2)}:${pad(at.getMinutes(), 2)}:${pad(at.getSeconds(), 2)}`;
  return `${day} ${time}.${pad(at.getMilliseconds() * 1000, 6)}: ${text}\n`;
}
