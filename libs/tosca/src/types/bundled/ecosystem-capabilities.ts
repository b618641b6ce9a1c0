/** Published capability types (spec: tosca.md 12). */
export const ecosystemCapabilities = `tosca_definitions_version: tosca_simple_yaml_1_3

capability_types:
  tosca.capabilities.indigo.OperatingSystem:
    derived_from: tosca.capabilities.OperatingSystem
    properties:
      gpu_driver: { type: boolean, required: false }
      cuda_support: { type: boolean, required: false }
      cuda_min_version: { type: string, required: false }
      cuDNN_version: { type: string, required: false }
      image: { type: string, required: false }
      credential: { type: tosca.datatypes.Credential, required: false }
      vo: { type: string, required: false }
  tosca.capabilities.indigo.Scalable:
    derived_from: tosca.capabilities.Scalable
    properties:
      min_instances: { type: integer, default: 1 }
      max_instances: { type: integer, default: 1 }
      count: { type: integer, default: 1 }
      removal_list: { type: list, entry_schema: { type: string }, required: false }
  tosca.capabilities.indigo.Container:
    derived_from: tosca.capabilities.Container
    properties:
      preemtible_instance: { type: boolean, required: false }
      instance_type: { type: string, required: false }
      num_gpus: { type: integer, required: false }
      gpu_vendor: { type: string, required: false }
      gpu_model: { type: string, required: false }
      sgx: { type: boolean, required: false }
      sgx_epc_size: { type: scalar-unit.size, required: false }
      disk_type: { type: string, required: false }
  tosca.capabilities.indigo.LRMS:
    derived_from: tosca.capabilities.Container
    properties:
      type:
        type: string
        required: true
        constraints: [{ valid_values: [local, torque, slurm, sge, htcondor, mesos, kubernetes, nomad] }]
  tosca.capabilities.indigo.LRMS.Torque:
    derived_from: tosca.capabilities.indigo.LRMS
    properties:
      type: { type: string, default: torque, constraints: [{ equal: torque }] }
  tosca.capabilities.indigo.LRMS.Slurm:
    derived_from: tosca.capabilities.indigo.LRMS
    properties:
      type: { type: string, default: slurm, constraints: [{ equal: slurm }] }
  tosca.capabilities.indigo.LRMS.HTCondor:
    derived_from: tosca.capabilities.indigo.LRMS
    properties:
      type: { type: string, default: htcondor, constraints: [{ equal: htcondor }] }
  tosca.capabilities.indigo.LRMS.Kubernetes:
    derived_from: tosca.capabilities.indigo.LRMS
    properties:
      type: { type: string, default: kubernetes, constraints: [{ equal: kubernetes }] }
  tosca.capabilities.indigo.LRMS.Local:
    derived_from: tosca.capabilities.indigo.LRMS
    properties:
      type: { type: string, default: local, constraints: [{ equal: local }] }
  tosca.capabilities.indigo.LRMS.Mesos:
    derived_from: tosca.capabilities.indigo.LRMS
    properties:
      type: { type: string, default: mesos, constraints: [{ equal: mesos }] }
  tosca.capabilities.indigo.LRMS.Nomad:
    derived_from: tosca.capabilities.indigo.LRMS
    properties:
      type: { type: string, default: nomad, constraints: [{ equal: nomad }] }
  tosca.capabilities.indigo.Endpoint:
    derived_from: tosca.capabilities.Endpoint
    properties:
      dns_name: { type: string, required: false }
      additional_dns_names: { type: list, entry_schema: { type: string }, required: false }
      private_ip: { type: boolean, default: true }
      ports:
        type: map
        entry_schema: { type: tosca.datatypes.indigo.network.PortSpec }
        required: false
        constraints: [{ min_length: 1 }]
      additional_ip: { type: string, required: false }
      tls: { type: boolean, default: false }
    attributes:
      credential: { type: list, entry_schema: { type: tosca.datatypes.Credential } }
      tls_certificates: { type: map, entry_schema: { type: tosca.datatypes.grycap.TLSCertificate } }
  tosca.capabilities.Container.Docker:
    derived_from: tosca.capabilities.Container
    properties:
      num_cpus: { type: float, required: false, constraints: [{ greater_than: 0 }] }
      version: { type: list, entry_schema: { type: version }, required: false }
      publish_all: { type: boolean, default: false }
      publish_ports:
        type: list
        entry_schema: { type: tosca.datatypes.indigo.network.PortSpec }
        required: false
      expose_ports:
        type: list
        entry_schema: { type: tosca.datatypes.network.PortSpec }
        required: false
      volumes: { type: list, entry_schema: { type: string }, required: false }
      host_id: { type: string, required: false }
      volume_id: { type: string, required: false }
      num_gpus: { type: integer, required: false }
  tosca.capabilities.Storage:
    derived_from: tosca.capabilities.Root
    properties:
      endpoint: { type: string, required: true }
      credentials: { type: tosca.datatypes.Credential, required: false }
      path: { type: string, required: false }
      type: { type: string, required: false }
      overwrite: { type: boolean, default: false }
`;
