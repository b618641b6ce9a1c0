/** Normative data types (spec: tosca.md 11). */
export const normativeDatatypes = `tosca_definitions_version: tosca_simple_yaml_1_3

data_types:
  tosca.datatypes.Root: {}
  tosca.datatypes.network.NetworkInfo:
    derived_from: tosca.datatypes.Root
    properties:
      network_name: { type: string, required: true }
      network_id: { type: string, required: true }
      addresses: { type: list, entry_schema: { type: string }, required: true }
  tosca.datatypes.network.PortInfo:
    derived_from: tosca.datatypes.Root
    properties:
      port_name: { type: string, required: true }
      port_id: { type: string, required: true }
      network_id: { type: string, required: true }
      mac_address: { type: string, required: true }
      addresses: { type: list, entry_schema: { type: string }, required: true }
  tosca.datatypes.network.PortDef:
    derived_from: integer
    constraints: [{ in_range: [1, 65535] }]
  tosca.datatypes.network.PortSpec:
    derived_from: tosca.datatypes.Root
    properties:
      protocol: { type: string, default: tcp, constraints: [{ valid_values: [udp, tcp, igmp] }] }
      target: { type: tosca.datatypes.network.PortDef, required: false }
      target_range: { type: range, required: false, constraints: [{ in_range: [1, 65535] }] }
      source: { type: tosca.datatypes.network.PortDef, required: false }
      source_range: { type: range, required: false, constraints: [{ in_range: [1, 65535] }] }
  tosca.datatypes.Credential:
    derived_from: tosca.datatypes.Root
    properties:
      protocol: { type: string, required: false }
      token_type: { type: string, default: password }
      token: { type: string, required: true }
      keys: { type: map, entry_schema: { type: string }, required: false }
      user: { type: string, required: false }
`;
