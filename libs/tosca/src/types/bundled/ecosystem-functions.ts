/** Published node types: functions and containers (spec: tosca.md 12). */
export const ecosystemFunctions = `tosca_definitions_version: tosca_simple_yaml_1_3

node_types:
  tosca.nodes.indigo.OSCAR:
    derived_from: tosca.nodes.SoftwareComponent
    properties:
      minio_secretkey: { type: string, default: minio123, constraints: [{ min_length: 8 }] }
      password: { type: string, default: oscar123 }
      dns_host: { type: string, default: "''" }
      minio_dns_host: { type: string, default: "''" }
      minio_dns_host_console: { type: string, default: "''" }
      cert_manager_issuer: { type: string, default: letsencrypt-prod }
      oidc_enable: { type: boolean, default: false }
      yunikorn_enable: { type: boolean, default: false }
      oidc_subject: { type: string, default: letsencrypt-prod }
      oidc_groups: { type: list, entry_schema: { type: string }, default: [] }
      oidc_issuers: { type: list, entry_schema: { type: string }, default: [] }
      allowed_image_prefixes: { type: list, entry_schema: { type: string }, default: [] }
      kueue_enable: { type: boolean, default: false }
      kueue_default_cpu: { type: integer, default: 2 }
      kueue_default_memory: { type: string, default: '2Gi' }
      kueue_default_ephemeral_storage: { type: string, default: '2Gi' }
      kueue_default_gpu: { type: integer, default: 0 }
      minio_quota_enabled: { type: boolean, default: false }
      minio_quota_buckets: { type: string, default: '5' }
      minio_quota_storage: { type: string, default: '5Gi' }
      metrics: { type: boolean, default: false }
      kserve_enable: { type: boolean, default: false }
      volume_enable: { type: boolean, default: false }
      volume_default_available: { type: string, default: '7Gi' }
      volume_default_max: { type: integer, default: 5 }
      volume_default_max_disk: { type: string, default: '5Gi' }
      volume_default_min_disk: { type: string, default: '200Mi' }
    capabilities:
      endpoint: { type: tosca.capabilities.indigo.Endpoint }
      host: { type: tosca.capabilities.Container }
    requirements:
      - host:
          node: tosca.nodes.indigo.LRMS.FrontEnd.Kubernetes
          relationship: tosca.relationships.HostedOn
    artifacts:
      minio_role: { file: grycap.kubeminio, type: tosca.artifacts.AnsibleGalaxy.role }
      oscar_role: { file: grycap.kubeoscar, type: tosca.artifacts.AnsibleGalaxy.role }
      kubefaas_role: { file: grycap.kubefaas, type: tosca.artifacts.AnsibleGalaxy.role }
    interfaces:
      Standard:
        configure:
          implementation: https://raw.githubusercontent.com/grycap/tosca/main/artifacts/oscar/oscar_install.yml
          inputs:
            oscar_minio_secretkey: { get_property: [SELF, minio_secretkey] }
            oscar_password: { get_property: [SELF, password] }
            cert_manager_issuer: { get_property: [SELF, cert_manager_issuer] }
            dns_host: { get_property: [SELF, dns_host] }
            minio_dns_host: { get_property: [SELF, minio_dns_host] }
            minio_dns_host_console: { get_property: [SELF, minio_dns_host_console] }
            oidc_enable: { get_property: [SELF, oidc_enable] }
            oidc_subject: { get_property: [SELF, oidc_subject] }
            oidc_groups: { get_property: [SELF, oidc_groups] }
            oidc_issuers: { get_property: [SELF, oidc_issuers] }
            yunikorn_enable: { get_property: [SELF, yunikorn_enable] }
            allowed_image_prefixes: { get_property: [SELF, allowed_image_prefixes] }
            kueue_enable: { get_property: [SELF, kueue_enable] }
            kueue_default_cpu: { get_property: [SELF, kueue_default_cpu] }
            kueue_default_memory: { get_property: [SELF, kueue_default_memory] }
            minio_quota_enabled: { get_property: [SELF, minio_quota_enabled] }
            minio_quota_buckets: { get_property: [SELF, minio_quota_buckets] }
            minio_quota_storage: { get_property: [SELF, minio_quota_storage] }
            metrics: { get_property: [SELF, metrics] }
            kserve_enable: { get_property: [SELF, kserve_enable] }
  tosca.nodes.aisprint.FaaS.Function:
    derived_from: tosca.nodes.Root
    properties:
      name: { type: string, required: true }
      memory: { type: string, required: true }
      cpu: { type: float, default: 1.0 }
      enable_gpu: { type: boolean, default: false }
      enable_sgx: { type: boolean, default: false }
      exposed: { type: map, entry_schema: { type: string }, default: {} }
      image: { type: string, required: true }
      script: { type: string, required: true }
      alpine: { type: boolean, default: false }
      env_variables: { type: map, entry_schema: { type: string }, default: {} }
      input: { type: list, entry_schema: { type: tosca.datatypes.oscar.StorageIOConfig }, default: [] }
      output: { type: list, entry_schema: { type: tosca.datatypes.oscar.StorageIOConfig }, default: [] }
      storage_providers: { type: tosca.datatypes.oscar.StorageProviders, required: false }
      image_pull_secrets: { type: list, entry_schema: { type: string }, default: [] }
    attributes:
      endpoint: { type: string }
      credential: { type: tosca.datatypes.Credential }
    capabilities:
      scalable: { type: tosca.capabilities.indigo.Scalable }
    requirements:
      - host:
          node: tosca.nodes.indigo.OSCAR
          relationship: tosca.relationships.HostedOn
          occurrences: [0, 1]
  tosca.nodes.Container.Runtime:
    derived_from: tosca.nodes.Root
    capabilities:
      host: { type: tosca.capabilities.Container }
      scalable: { type: tosca.capabilities.Scalable }
    requirements:
      - host:
          node: tosca.nodes.Compute
          relationship: tosca.relationships.HostedOn
          occurrences: [0, 1]
  tosca.nodes.Container.Runtime.Docker:
    derived_from: tosca.nodes.Container.Runtime
    capabilities:
      host: { type: tosca.capabilities.Container.Docker }
    requirements:
      - host:
          node: tosca.nodes.Compute
          relationship: tosca.relationships.HostedOn
          occurrences: [0, 1]
  tosca.nodes.Container.Application.Docker:
    derived_from: tosca.nodes.Container.Application
    properties:
      environment: { type: map, entry_schema: { type: string }, required: false }
      command: { type: list, entry_schema: { type: string }, required: false }
    attributes:
      endpoints: { type: list, entry_schema: { type: string } }
    requirements:
      - host:
          node: tosca.nodes.Container.Runtime
          relationship: tosca.relationships.HostedOn
`;
