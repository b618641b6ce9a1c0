/** Published node types: computes, their networks and DNS names (spec: tosca.md 12). */
export const ecosystemCompute = `tosca_definitions_version: tosca_simple_yaml_1_3

node_types:
  tosca.nodes.indigo.Compute:
    derived_from: tosca.nodes.Compute
    properties:
      os_users: { type: list, entry_schema: { type: tosca.datatypes.indigo.User }, default: [] }
      tags: { type: map, entry_schema: { type: string }, default: {} }
      instance_name: { type: string, default: '' }
    attributes:
      private_address: { type: list, entry_schema: { type: string } }
      public_address: { type: list, entry_schema: { type: string } }
      ctxt_log: { type: string }
      ansible_output: { type: map, entry_schema: { type: tosca.datatypes.indigo.CtxtTask } }
    capabilities:
      scalable: { type: tosca.capabilities.indigo.Scalable }
      os: { type: tosca.capabilities.indigo.OperatingSystem }
      endpoint: { type: tosca.capabilities.indigo.Endpoint }
      host: { type: tosca.capabilities.indigo.Container }
  tosca.nodes.im.AnsibleHost:
    derived_from: tosca.nodes.Root
    properties:
      host: { type: string, required: true }
      credential: { type: tosca.datatypes.Credential, required: true }
  tosca.nodes.indigo.network.Network:
    derived_from: tosca.nodes.network.Network
    properties:
      proxy_host: { type: string, required: false }
      proxy_credential: { type: tosca.datatypes.Credential, required: false }
  tosca.nodes.indigo.network.Port:
    derived_from: tosca.nodes.network.Port
    properties:
      dns_name: { type: string, required: false }
      additional_dns_names: { type: list, entry_schema: { type: string }, required: false }
      additional_ip: { type: string, required: false }
  tosca.nodes.ec3.DNSRegistry:
    derived_from: tosca.nodes.SoftwareComponent
    properties:
      record_name: { type: string, required: true }
      domain_name: { type: string, default: grycap.net }
      dns_service: { type: string, default: Route53 }
      dns_service_credentials: { type: tosca.datatypes.Credential, required: false }
    requirements:
      - host:
          node: tosca.nodes.indigo.LRMS.FrontEnd.Kubernetes
          relationship: tosca.relationships.HostedOn
    interfaces:
      Standard:
        configure:
          implementation: https://raw.githubusercontent.com/grycap/tosca/main/artifacts/dns_registry.yml
          inputs:
            record_name: { get_property: [SELF, record_name] }
            domain_name: { get_property: [SELF, domain_name] }
            dns_service: { get_property: [SELF, dns_service] }
            dns_service_credentials: { get_property: [SELF, dns_service_credentials] }
            ip_address: { get_attribute: [HOST, public_address, 0] }
`;
