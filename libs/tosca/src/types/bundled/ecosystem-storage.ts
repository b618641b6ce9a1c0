/** Published node types: storage and data sets (spec: tosca.md 12). */
export const ecosystemStorage = `tosca_definitions_version: tosca_simple_yaml_1_3

node_types:
  tosca.nodes.indigo.OneProvider:
    derived_from: tosca.nodes.SoftwareComponent
    properties:
      contact_email: { type: string, default: 'admin@admin.com' }
      name: { type: string, required: true }
      subdomain_onezone: { type: string, required: true }
      registration_token: { type: string, required: true }
      onezone_api_key: { type: string, required: true }
      oneplanel_emergency_passphrase: { type: string, required: true }
      spaces: { type: list, entry_schema: { type: map }, required: true }
      domain_onezone: { type: string, default: datahub.egi.eu }
      namespace: { type: string, default: production }
      geo_position: { type: list, entry_schema: { type: float }, default: [39.46975, -0.37739] }
      version: { type: string, default: '19.02.1' }
    capabilities:
      endpoint: { type: tosca.capabilities.indigo.Endpoint }
    requirements:
      - host:
          node: tosca.nodes.indigo.LRMS.FrontEnd.Kubernetes
          relationship: tosca.relationships.HostedOn
    artifacts:
      nfs_role: { file: 'grycap.nfs,nfs4', type: tosca.artifacts.AnsibleGalaxy.role }
    interfaces:
      Standard:
        configure:
          implementation: https://raw.githubusercontent.com/grycap/tosca/main/artifacts/onedata/oneprovider.yml
          inputs:
            onedata_contact_email: { get_property: [SELF, contact_email] }
            onedata_name: { get_property: [SELF, name] }
            onedata_subdomain_onezone: { get_property: [SELF, subdomain_onezone] }
            onedata_registration_token: { get_property: [SELF, registration_token] }
            onedata_onezone_api_key: { get_property: [SELF, onezone_api_key] }
            oneplanel_emergency_passphrase: { get_property: [SELF, oneplanel_emergency_passphrase] }
            onedata_spaces: { get_property: [SELF, spaces] }
            onedata_domain_onezone: { get_property: [SELF, domain_onezone] }
            onedata_namespace: { get_property: [SELF, namespace] }
            onedata_geo_position: { get_property: [SELF, geo_position] }
            onedata_version: { get_property: [SELF, version] }
  tosca.nodes.indigo.OneDataStorage:
    derived_from: tosca.nodes.BlockStorage
    properties:
      size: { type: scalar-unit.size, required: false }
      oneprovider_host: { type: list, entry_schema: { type: string }, required: false }
      onezone_endpoint: { type: string, required: false }
      dataspace: { type: list, entry_schema: { type: string }, required: false }
      credential: { type: tosca.datatypes.Credential, required: true }
  tosca.nodes.indigo.GlusterFSVolume:
    derived_from: tosca.nodes.BlockStorage
    properties:
      size: { type: scalar-unit.size, required: false }
      wn_ips: { type: list, entry_schema: { type: string }, default: [] }
      fe_ip: { type: list, entry_schema: { type: string }, default: [] }
      brick_dir: { type: string, default: '/data' }
      brick_name: { type: string, default: brick_name }
      replicas: { type: integer, default: 2 }
      options: { type: map, entry_schema: { type: string }, default: {} }
  tosca.nodes.StorageSystem:
    derived_from: tosca.nodes.Root
    capabilities:
      remote_storage: { type: tosca.capabilities.Storage }
  tosca.nodes.eosc.Dataset:
    derived_from: tosca.nodes.Root
    properties:
      dataset_id: { type: tosca.datatypes.Dataset, required: true }
      filter: { type: string, default: '.*' }
      dest: { type: string, default: '' }
      owner: { type: string, default: '' }
    requirements:
      - host:
          node: tosca.nodes.Compute
          relationship: tosca.relationships.HostedOn
    artifacts:
      dataset_collection:
        file: git+https://github.com/grycap/ansible-collection-dataset
        type: tosca.artifacts.AnsibleGalaxy.collection
    interfaces:
      Standard:
        configure:
          implementation: https://raw.githubusercontent.com/grycap/tosca/main/artifacts/download_dataset.yaml
          inputs:
            dataset_url: { get_property: [SELF, dataset_id] }
            output_dir: { get_property: [SELF, dest] }
            filter: { get_property: [SELF, filter] }
            owner: { get_property: [SELF, owner] }
  tosca.nodes.eosc.DatasetList:
    derived_from: tosca.nodes.Root
    properties:
      dataset_ids: { type: list, required: true }
      dest: { type: string, default: '' }
      owner: { type: string, default: '' }
      pvc_name: { type: string, default: '' }
      pvc_namespace: { type: string, default: '' }
    requirements:
      - host:
          node: tosca.nodes.Compute
          relationship: tosca.relationships.HostedOn
    artifacts:
      dataset_collection:
        file: git+https://github.com/grycap/ansible-collection-dataset
        type: tosca.artifacts.AnsibleGalaxy.collection
    interfaces:
      Standard:
        configure:
          implementation: https://raw.githubusercontent.com/grycap/tosca/main/artifacts/download_dataset.yaml
          inputs:
            dataset_urls: { get_property: [SELF, dataset_ids] }
            output_dir: { get_property: [SELF, dest] }
            filter: '.*'
            owner: { get_property: [SELF, owner] }
            pvc_name: { get_property: [SELF, pvc_name] }
            pvc_namespace: { get_property: [SELF, pvc_namespace] }
  tosca.nodes.eosc.dts.Dataset:
    derived_from: tosca.nodes.eosc.DatasetList
    requirements:
      - host:
          node: tosca.nodes.Compute
          relationship: tosca.relationships.HostedOn
      - remote_storage:
          node: tosca.nodes.StorageSystem
          relationship: tosca.relationships.eosc.Transfers
    artifacts:
      dataset_collection:
        file: git+https://github.com/grycap/ansible-collection-dataset
        type: tosca.artifacts.AnsibleGalaxy.collection
    interfaces:
      Standard:
        configure:
          implementation: https://raw.githubusercontent.com/grycap/tosca/main/artifacts/download_dataset.yaml
          inputs:
            dataset_urls: { get_property: [SELF, dataset_ids] }
            output_dir: { get_property: [SELF, dest] }
            remote_storage_endpoint: { get_property: [SELF, remote_storage, endpoint] }
            remote_storage_credentials: { get_property: [SELF, remote_storage, credentials] }
            remote_storage_path: { get_property: [SELF, remote_storage, path] }
`;
