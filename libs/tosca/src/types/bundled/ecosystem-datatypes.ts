/** Published data types (spec: tosca.md 12). */
export const ecosystemDatatypes = `tosca_definitions_version: tosca_simple_yaml_1_3

data_types:
  tosca.datatypes.oscar.StorageIOConfig:
    derived_from: tosca.datatypes.Root
    properties:
      storage_provider: { type: string, required: true }
      path: { type: string, required: true }
      suffix: { type: string, required: false }
      prefix: { type: string, required: false }
  tosca.datatypes.oscar.StorageProviders:
    derived_from: tosca.datatypes.Root
    properties:
      minio:
        type: map
        entry_schema: { type: tosca.datatypes.oscar.StorageMinIOProvider }
        required: false
      s3: { type: map, entry_schema: { type: tosca.datatypes.oscar.StorageS3Provider }, required: false }
      onedata:
        type: map
        entry_schema: { type: tosca.datatypes.oscar.StorageOnedataProvider }
        required: false
  tosca.datatypes.oscar.StorageS3Provider:
    derived_from: tosca.datatypes.Root
    properties:
      access_key: { type: string, required: true }
      secret_key: { type: string, required: true }
      region: { type: string, required: true }
  tosca.datatypes.oscar.StorageOnedataProvider:
    derived_from: tosca.datatypes.Root
    properties:
      oneprovider_host: { type: string, required: true }
      token: { type: string, required: true }
      space: { type: string, required: true }
  tosca.datatypes.oscar.StorageMinIOProvider:
    derived_from: tosca.datatypes.oscar.StorageS3Provider
    properties:
      endpoint: { type: string, required: true }
      verify: { type: boolean, default: false }
  tosca.datatypes.indigo.AnsibleTask:
    derived_from: tosca.datatypes.Root
    properties:
      state: { type: string, required: true }
      output: { type: string, required: true }
  tosca.datatypes.indigo.CtxtTask:
    derived_from: tosca.datatypes.Root
    properties:
      tasks: { type: map, entry_schema: { type: tosca.datatypes.indigo.AnsibleTask }, required: true }
  tosca.datatypes.indigo.network.PortSpec:
    derived_from: tosca.datatypes.network.PortSpec
    properties:
      remote_cidr: { type: string, required: false }
      endpoint: { type: string, required: false }
  tosca.datatypes.grycap.TLSCertificate:
    derived_from: tosca.datatypes.Root
    properties:
      cert: { type: string, required: true }
      key: { type: string, required: true }
`;
