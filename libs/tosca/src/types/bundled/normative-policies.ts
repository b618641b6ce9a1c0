/** Normative policy and group types (spec: tosca.md 11). */
export const normativePolicies = `tosca_definitions_version: tosca_simple_yaml_1_3

policy_types:
  tosca.policies.Root: {}
  tosca.policies.Placement:
    derived_from: tosca.policies.Root
  tosca.policies.Scaling:
    derived_from: tosca.policies.Root
  tosca.policies.Monitoring:
    derived_from: tosca.policies.Root
  tosca.policies.Update:
    derived_from: tosca.policies.Root
  tosca.policies.Performance:
    derived_from: tosca.policies.Root
  tosca.policies.Reservation:
    derived_from: tosca.policies.Root

group_types:
  tosca.groups.Root: {}
`;
