/** One element of the authorization data: keys and values of an auth line (spec: authentication.md, connectors/README.md 2.1). */
export type AuthItem = Readonly<Record<string, string>>;

/** A cloud as named by one element of the authorization data (spec: connectors/README.md 2.3). Holds no secret. */
export interface CloudInfo {
  /** The `id` key, or `<type><position in the whole list>`. */
  id: string;
  type: string;
  server: string;
  /** -1 when the element names no port. */
  port: number;
  /** `http`, `https`, `unix`... or empty. */
  protocol: string;
  path: string;
  extra: Record<string, string>;
}

/** A cloud together with the element that opens it. Lives in memory or sealed, never in a log. */
export interface CloudAccess {
  cloud: CloudInfo;
  credentials: AuthItem;
}

/** The identity of a user of this service: an `InfrastructureManager` element after its check. */
export interface ImIdentity {
  username: string;
  /** Part of the identity; absent when the line had none (spec: rest-api.md 2.4). */
  password?: string;
  token?: string;
  admin: boolean;
}

/** Everything that came with a request about who asks and what may be used. */
export interface Requester {
  identities: ImIdentity[];
  clouds: CloudAccess[];
  /** The complete list of elements, in order, as needed by recipes that ask for it. */
  items: AuthItem[];
}
