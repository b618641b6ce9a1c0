/** Normative node types (spec: tosca.md 11). */
export const normativeNodes = `tosca_definitions_version: tosca_simple_yaml_1_3

node_types:
  tosca.nodes.Root:
    attributes:
      tosca_id: { type: string }
      tosca_name: { type: string }
      state: { type: string }
    capabilities:
      feature: { type: tosca.capabilities.Node }
    requirements:
      - dependency:
          node: tosca.nodes.Root
          relationship: tosca.relationships.DependsOn
          occurrences: [0, UNBOUNDED]
    interfaces:
      Standard:
        type: tosca.interfaces.node.lifecycle.Standard
        create: {}
        configure: {}
        start: {}
        stop: {}
        delete: {}
  tosca.nodes.Compute:
    derived_from: tosca.nodes.Root
    attributes:
      private_address: { type: string }
      public_address: { type: string }
      networks: { type: map, entry_schema: { type: tosca.datatypes.network.NetworkInfo } }
      ports: { type: map, entry_schema: { type: tosca.datatypes.network.PortInfo } }
    capabilities:
      host: { type: tosca.capabilities.Container }
      binding: { type: tosca.capabilities.network.Bindable }
      os: { type: tosca.capabilities.OperatingSystem }
      scalable: { type: tosca.capabilities.Scalable }
      endpoint: { type: tosca.capabilities.Endpoint.Admin }
    requirements:
      - local_storage:
          node: tosca.nodes.BlockStorage
          relationship: tosca.relationships.AttachesTo
          occurrences: [0, UNBOUNDED]
  tosca.nodes.SoftwareComponent:
    derived_from: tosca.nodes.Root
    properties:
      component_version: { type: version, required: false }
      admin_credential: { type: tosca.datatypes.Credential, required: false }
    requirements:
      - host:
          node: tosca.nodes.Compute
          relationship: tosca.relationships.HostedOn
  tosca.nodes.DBMS:
    derived_from: tosca.nodes.SoftwareComponent
    properties:
      port: { type: integer, required: false }
      root_password: { type: string, required: false }
    capabilities:
      host: { type: tosca.capabilities.Container }
  tosca.nodes.Database:
    derived_from: tosca.nodes.Root
    properties:
      user: { type: string, required: false }
      port: { type: integer, required: false }
      name: { type: string, required: false }
      password: { type: string, required: false }
    capabilities:
      database_endpoint: { type: tosca.capabilities.Endpoint.Database }
    requirements:
      - host:
          node: tosca.nodes.DBMS
          relationship: tosca.relationships.HostedOn
  tosca.nodes.WebServer:
    derived_from: tosca.nodes.SoftwareComponent
    capabilities:
      data_endpoint: { type: tosca.capabilities.Endpoint }
      admin_endpoint: { type: tosca.capabilities.Endpoint.Admin }
      host: { type: tosca.capabilities.Container }
  tosca.nodes.WebApplication:
    derived_from: tosca.nodes.Root
    properties:
      context_root: { type: string, required: false }
    capabilities:
      app_endpoint: { type: tosca.capabilities.Endpoint }
    requirements:
      - host:
          node: tosca.nodes.WebServer
          relationship: tosca.relationships.HostedOn
  tosca.nodes.BlockStorage:
    derived_from: tosca.nodes.Root
    properties:
      size: { type: scalar-unit.size, required: true, constraints: [{ greater_or_equal: 1 MB }] }
      volume_id: { type: string, required: false }
      snapshot_id: { type: string, required: false }
    attributes:
      volume_id: { type: string }
    capabilities:
      attachment: { type: tosca.capabilities.Attachment }
  tosca.nodes.network.Network:
    derived_from: tosca.nodes.Root
    properties:
      ip_version: { type: integer, default: 4, constraints: [{ valid_values: [4, 6] }] }
      cidr: { type: string, required: false }
      start_ip: { type: string, required: false }
      end_ip: { type: string, required: false }
      gateway_ip: { type: string, required: false }
      network_name: { type: string, required: false }
      network_id: { type: string, required: false }
      segmentation_id: { type: string, required: false }
      network_type: { type: string, required: false }
      physical_network: { type: string, required: false }
      dhcp_enabled: { type: boolean, default: true }
    capabilities:
      link: { type: tosca.capabilities.network.Linkable }
  tosca.nodes.network.Port:
    derived_from: tosca.nodes.Root
    properties:
      ip_address: { type: string, required: false }
      order: { type: integer, default: 0, constraints: [{ greater_or_equal: 0 }] }
      is_default: { type: boolean, default: false }
      ip_range_start: { type: string, required: false }
      ip_range_end: { type: string, required: false }
    attributes:
      ip_address: { type: string }
    requirements:
      - binding:
          node: tosca.nodes.Compute
          relationship: tosca.relationships.network.BindsTo
      - link:
          node: tosca.nodes.network.Network
          relationship: tosca.relationships.network.LinksTo
  tosca.nodes.network.FloatingIP:
    derived_from: tosca.nodes.Root
    properties:
      floating_network: { type: string, required: true }
      floating_ip_address: { type: string, required: false }
      port_id: { type: string, required: false }
    requirements:
      - link:
          node: tosca.nodes.network.Port
          relationship: tosca.relationships.network.LinksTo
  tosca.nodes.ObjectStorage:
    derived_from: tosca.nodes.Root
    properties:
      name: { type: string, required: true }
      size: { type: scalar-unit.size, required: false, constraints: [{ greater_or_equal: 0 GB }] }
      maxsize: { type: scalar-unit.size, required: false, constraints: [{ greater_or_equal: 0 GB }] }
    capabilities:
      storage_endpoint: { type: tosca.capabilities.Endpoint }
  tosca.nodes.LoadBalancer:
    derived_from: tosca.nodes.Root
    properties:
      algorithm: { type: string, required: false }
    capabilities:
      client: { type: tosca.capabilities.Endpoint.Public }
    requirements:
      - application:
          capability: tosca.capabilities.Endpoint
          relationship: tosca.relationships.RoutesTo
          occurrences: [0, UNBOUNDED]
  tosca.nodes.Container.Application:
    derived_from: tosca.nodes.Root
    requirements:
      - host:
          node: tosca.nodes.Container.Runtime
          relationship: tosca.relationships.HostedOn
  tosca.nodes.Container.Runtime:
    derived_from: tosca.nodes.SoftwareComponent
    capabilities:
      host: { type: tosca.capabilities.Container }
      scalable: { type: tosca.capabilities.Scalable }
  tosca.nodes.Container.Application.Docker:
    derived_from: tosca.nodes.Container.Application
    requirements:
      - host:
          capability: tosca.capabilities.Container.Docker
`;
