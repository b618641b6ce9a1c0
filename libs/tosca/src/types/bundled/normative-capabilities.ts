/** Normative capability types (spec: tosca.md 11). */
export const normativeCapabilities = `tosca_definitions_version: tosca_simple_yaml_1_3

capability_types:
  tosca.capabilities.Root: {}
  tosca.capabilities.Node:
    derived_from: tosca.capabilities.Root
  tosca.capabilities.Container:
    derived_from: tosca.capabilities.Root
    properties:
      num_cpus: { type: integer, required: false, constraints: [{ greater_or_equal: 1 }] }
      cpu_frequency:
        type: scalar-unit.frequency
        required: false
        constraints: [{ greater_or_equal: 0.1 GHz }]
      disk_size: { type: scalar-unit.size, required: false, constraints: [{ greater_or_equal: 0 MB }] }
      mem_size: { type: scalar-unit.size, required: false, constraints: [{ greater_or_equal: 0 MB }] }
  tosca.capabilities.Endpoint:
    derived_from: tosca.capabilities.Root
    properties:
      protocol: { type: string, default: tcp }
      port: { type: tosca.datatypes.network.PortDef, required: false }
      secure: { type: boolean, default: false }
      url_path: { type: string, required: false }
      port_name: { type: string, required: false }
      network_name: { type: string, default: PRIVATE }
      initiator: { type: string, default: source, constraints: [{ valid_values: [source, target, peer] }] }
      ports:
        type: map
        entry_schema: { type: tosca.datatypes.network.PortSpec }
        required: false
        constraints: [{ min_length: 1 }]
    attributes:
      ip_address: { type: string }
  tosca.capabilities.Endpoint.Admin:
    derived_from: tosca.capabilities.Endpoint
    properties:
      secure: { type: boolean, default: true, constraints: [{ equal: true }] }
  tosca.capabilities.Endpoint.Public:
    derived_from: tosca.capabilities.Endpoint
    properties:
      network_name: { type: string, default: PUBLIC, constraints: [{ equal: PUBLIC }] }
      floating: { type: boolean, default: false }
      dns_name: { type: string, required: false }
  tosca.capabilities.Scalable:
    derived_from: tosca.capabilities.Root
    properties:
      min_instances: { type: integer, default: 1 }
      max_instances: { type: integer, default: 1 }
      default_instances: { type: integer, required: false }
  tosca.capabilities.Endpoint.Database:
    derived_from: tosca.capabilities.Endpoint
  tosca.capabilities.Attachment:
    derived_from: tosca.capabilities.Root
  tosca.capabilities.network.Linkable:
    derived_from: tosca.capabilities.Root
  tosca.capabilities.network.Bindable:
    derived_from: tosca.capabilities.Root
  tosca.capabilities.OperatingSystem:
    derived_from: tosca.capabilities.Root
    properties:
      architecture: { type: string, required: false }
      type: { type: string, required: false }
      distribution: { type: string, required: false }
      version: { type: version, required: false }
  tosca.capabilities.Container.Docker:
    derived_from: tosca.capabilities.Container
    properties:
      version: { type: list, entry_schema: { type: version }, required: false }
      publish_all: { type: boolean, default: false }
      publish_ports:
        type: list
        entry_schema: { type: tosca.datatypes.network.PortSpec }
        required: false
      expose_ports:
        type: list
        entry_schema: { type: tosca.datatypes.network.PortSpec }
        required: false
      volumes: { type: list, entry_schema: { type: string }, required: false }
      host_id: { type: string, required: false }
      volume_id: { type: string, required: false }
`;
