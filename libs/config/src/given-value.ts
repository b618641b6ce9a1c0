/** A value that somebody gave, before it is read by the type of its option. */
export interface GivenValue {
  readonly value: string;
  /** For messages: `/etc/im/im.cfg, line 3` or `the environment variable IM_REST_PORT`. */
  readonly source: string;
}
