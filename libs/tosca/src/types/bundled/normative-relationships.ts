/** Normative relationship types (spec: tosca.md 11). */
export const normativeRelationships = `tosca_definitions_version: tosca_simple_yaml_1_3

relationship_types:
  tosca.relationships.Root:
    attributes:
      tosca_id: { type: string }
      tosca_name: { type: string }
    interfaces:
      Configure:
        type: tosca.interfaces.relationship.Configure
        pre_configure_source: {}
        pre_configure_target: {}
        post_configure_source: {}
        post_configure_target: {}
        add_target: {}
        add_source: {}
        remove_target: {}
        target_changed: {}
  tosca.relationships.DependsOn:
    derived_from: tosca.relationships.Root
  tosca.relationships.HostedOn:
    derived_from: tosca.relationships.Root
    valid_target_types: [tosca.capabilities.Container]
  tosca.relationships.ConnectsTo:
    derived_from: tosca.relationships.Root
    valid_target_types: [tosca.capabilities.Endpoint]
  tosca.relationships.AttachesTo:
    derived_from: tosca.relationships.Root
    valid_target_types: [tosca.capabilities.Attachment]
    properties:
      location: { type: string, required: true, constraints: [{ min_length: 1 }] }
      device: { type: string, required: false }
  tosca.relationships.RoutesTo:
    derived_from: tosca.relationships.ConnectsTo
    valid_target_types: [tosca.capabilities.Endpoint]
  tosca.relationships.network.LinksTo:
    derived_from: tosca.relationships.DependsOn
    valid_target_types: [tosca.capabilities.network.Linkable]
  tosca.relationships.network.BindsTo:
    derived_from: tosca.relationships.DependsOn
    valid_target_types: [tosca.capabilities.network.Bindable]
`;
