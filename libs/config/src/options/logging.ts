import { choice, integer, text } from '../option.js';

/** The log. spec: configuration.md 2.2 */
export const loggingOptions = {
  LOG_FILE: text('/var/log/im/inf.log', 'File the log is written to; blank: standard output.', {
    localDefault: '',
  }),
  LOG_FILE_MAX_SIZE: integer(
    10_485_760,
    'Bytes after which the log file is rotated; three old files are kept. 0: never.',
  ),
  LOG_LEVEL: choice(
    ['DEBUG', 'INFO', 'WARNING', 'WARN', 'ERROR', 'CRITICAL', 'FATAL'],
    'INFO',
    'Least level that is logged.',
  ),
  LOG_FORMAT: choice(
    ['auto', 'json', 'pretty'],
    'auto',
    'Form of the log; auto: pretty on a terminal, else one JSON object a line.',
  ),
} as const;
