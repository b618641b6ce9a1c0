import type { ConnectorType } from '../connector-type.js';
import { DummyConnector } from './dummy-connector.js';

/** `type = Dummy`: a cloud that does nothing, for tests of clients and first steps (spec: connectors/dummy.md). */
export function dummyType(): ConnectorType {
  return { type: 'Dummy', open: (access) => new DummyConnector(access) };
}
