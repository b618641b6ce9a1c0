/** Normative interface types (spec: tosca.md 11). */
export const normativeInterfaces = `tosca_definitions_version: tosca_simple_yaml_1_3

interface_types:
  tosca.interfaces.Root: {}
  tosca.interfaces.node.lifecycle.Standard:
    derived_from: tosca.interfaces.Root
    create: {}
    configure: {}
    start: {}
    stop: {}
    delete: {}
  tosca.interfaces.relationship.Configure:
    derived_from: tosca.interfaces.Root
    pre_configure_source: {}
    pre_configure_target: {}
    post_configure_source: {}
    post_configure_target: {}
    add_target: {}
    add_source: {}
    remove_target: {}
    target_changed: {}
`;
