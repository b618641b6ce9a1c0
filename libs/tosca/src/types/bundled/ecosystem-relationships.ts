/** Published relationship, artifact and policy types (spec: tosca.md 12). */
export const ecosystemRelationships = `tosca_definitions_version: tosca_simple_yaml_1_3

relationship_types:
  tosca.relationships.indigo.Manages:
    derived_from: tosca.relationships.Root
  tosca.relationships.indigo.AttachesTo:
    derived_from: tosca.relationships.AttachesTo
    properties:
      fs_type: { type: string, required: false }
  tosca.relationships.eosc.Transfers:
    derived_from: tosca.relationships.Root
    valid_target_types: [tosca.capabilities.Storage]
    properties:
      dts_endpoint: { type: string, default: 'https://data-transfer.service.eosc-beyond.eu' }
      dts_credential: { type: tosca.datatypes.Credential, required: true }
    interfaces:
      Configure:
        pre_configure_source:
          implementation: https://raw.githubusercontent.com/grycap/tosca/main/artifacts/dts_dataset.yaml
          inputs:
            dts_endpoint: { get_property: [SELF, dts_endpoint] }
            dts_credential: { get_property: [SELF, dts_credential] }
            dataset_urls: { get_property: [SOURCE, dataset_ids] }
            remote_storage_endpoint: { get_property: [TARGET, remote_storage, endpoint] }
            remote_storage_credentials: { get_property: [TARGET, remote_storage, credentials] }
            remote_storage_path: { get_property: [TARGET, remote_storage, path] }
            remote_storage_type: { get_property: [TARGET, remote_storage, type] }
            remote_storage_overwrite: { get_property: [TARGET, remote_storage, overwrite] }

artifact_types:
  tosca.artifacts.Implementation.YAML:
    derived_from: tosca.artifacts.Implementation
    file_ext: [yaml, yml]
    mime_type: text/yaml
  tosca.artifacts.AnsibleGalaxy.role:
    derived_from: tosca.artifacts.Root
  tosca.artifacts.AnsibleGalaxy.collection:
    derived_from: tosca.artifacts.Root

policy_types:
  tosca.policies.indigo.Placement:
    derived_from: tosca.policies.Placement
    properties:
      cloud_id: { type: string, required: false }
      availability_zone: { type: string, required: false }
`;
