/** Published node types: front ends and workers of batch and task clusters (spec: tosca.md 12). */
export const ecosystemClusters = `tosca_definitions_version: tosca_simple_yaml_1_3

node_types:
  tosca.nodes.indigo.LRMS.WorkerNode:
    derived_from: tosca.nodes.SoftwareComponent
    properties:
      front_end_ip: { type: string, required: true }
      public_front_end_ip: { type: string, default: '' }
    capabilities:
      wn: { type: tosca.capabilities.Scalable }
    requirements:
      - host:
          node: tosca.nodes.Compute
          relationship: tosca.relationships.HostedOn
  tosca.nodes.indigo.LRMS.FrontEnd:
    derived_from: tosca.nodes.SoftwareComponent
    properties:
      wn_ips: { type: list, entry_schema: { type: string }, default: [] }
    capabilities:
      lrms: { type: tosca.capabilities.indigo.LRMS }
    requirements:
      - host:
          node: tosca.nodes.Compute
          relationship: tosca.relationships.HostedOn
  tosca.nodes.indigo.LRMS.FrontEnd.Local:
    derived_from: tosca.nodes.indigo.LRMS.FrontEnd
    capabilities:
      lrms: { type: tosca.capabilities.indigo.LRMS.Local }
  tosca.nodes.indigo.LRMS.FrontEnd.Slurm:
    derived_from: tosca.nodes.indigo.LRMS.FrontEnd
    properties:
      version: { type: string, default: '20.11.9' }
      nfs: { type: boolean, default: true }
      wn_num: { type: integer, default: -1 }
      wn_nodenames: { type: list, entry_schema: { type: string }, default: [] }
      wn_cpus: { type: integer, default: 1 }
      wn_mem: { type: integer, default: 1 }
      dbd: { type: boolean, default: false }
    capabilities:
      lrms: { type: tosca.capabilities.indigo.LRMS.Slurm }
    artifacts:
      slurm_role: { file: grycap.slurm, type: tosca.artifacts.AnsibleGalaxy.role }
      nfs_role: { file: grycap.nfs, type: tosca.artifacts.AnsibleGalaxy.role }
    interfaces:
      Standard:
        configure:
          implementation: https://raw.githubusercontent.com/grycap/tosca/main/artifacts/lrms/slurm_fe_install.yml
          inputs:
            wn_num: { get_property: [SELF, wn_num] }
            wn_ips: { get_property: [SELF, wn_ips] }
            front_end_ip: { get_attribute: [HOST, private_address, 0] }
            max_number_of_nodes: { get_property: [wn_node, wn, max_instances] }
            slurm_nfs: { get_property: [SELF, nfs] }
            slurm_version: { get_property: [SELF, version] }
            slurm_wn_nodenames: { get_property: [SELF, wn_nodenames] }
            slurm_wn_cpus: { get_property: [SELF, wn_cpus] }
            slurm_wn_mem: { get_property: [SELF, wn_mem] }
            slurm_dbd: { get_property: [SELF, dbd] }
  tosca.nodes.indigo.LRMS.WorkerNode.Slurm:
    derived_from: tosca.nodes.indigo.LRMS.WorkerNode
    properties:
      version: { type: string, default: '20.11.9' }
      nfs: { type: boolean, default: true }
      dbd: { type: boolean, default: false }
    artifacts:
      slurm_role: { file: grycap.slurm, type: tosca.artifacts.AnsibleGalaxy.role }
      nfs_role: { file: grycap.nfs, type: tosca.artifacts.AnsibleGalaxy.role }
    interfaces:
      Standard:
        configure:
          implementation: https://raw.githubusercontent.com/grycap/tosca/main/artifacts/lrms/slurm_wn_install.yml
          inputs:
            slurm_front_end_ip: { get_property: [SELF, front_end_ip] }
            slurm_public_front_end_ip: { get_property: [SELF, public_front_end_ip] }
            slurm_nfs: { get_property: [SELF, nfs] }
            slurm_version: { get_property: [SELF, version] }
            slurm_dbd: { get_property: [SELF, dbd] }
  tosca.nodes.indigo.LRMS.FrontEnd.HTCondor:
    derived_from: tosca.nodes.indigo.LRMS.FrontEnd
    properties:
      nfs: { type: boolean, default: true }
      htcondor_password: { type: string, default: changeme }
      htcondor_version: { type: string, default: '23.x' }
      wn_num: { type: integer, default: -1 }
    capabilities:
      lrms: { type: tosca.capabilities.indigo.LRMS.HTCondor }
    artifacts:
      posix_collection: { file: ansible.posix, type: tosca.artifacts.AnsibleGalaxy.collection }
      htcondor_role: { file: grycap.htcondor, type: tosca.artifacts.AnsibleGalaxy.role }
      nfs_role: { file: grycap.nfs, type: tosca.artifacts.AnsibleGalaxy.role }
    interfaces:
      Standard:
        configure:
          implementation: https://raw.githubusercontent.com/grycap/tosca/main/artifacts/lrms/htcondor_fe_install.yml
          inputs:
            front_end_ip: { get_attribute: [HOST, private_address, 0] }
            htcondor_nfs: { get_property: [SELF, nfs] }
            htcondor_password: { get_property: [SELF, htcondor_password] }
            htcondor_version: { get_property: [SELF, htcondor_version] }
  tosca.nodes.indigo.LRMS.WorkerNode.HTCondor:
    derived_from: tosca.nodes.indigo.LRMS.WorkerNode
    properties:
      nfs: { type: boolean, default: true }
      htcondor_password: { type: string, default: changeme }
      htcondor_version: { type: string, default: '23.x' }
    artifacts:
      posix_collection: { file: ansible.posix, type: tosca.artifacts.AnsibleGalaxy.collection }
      htcondor_role: { file: grycap.htcondor, type: tosca.artifacts.AnsibleGalaxy.role }
      nfs_role: { file: grycap.nfs, type: tosca.artifacts.AnsibleGalaxy.role }
    interfaces:
      Standard:
        configure:
          implementation: https://raw.githubusercontent.com/grycap/tosca/main/artifacts/lrms/htcondor_wn_install.yml
          inputs:
            htcondor_front_end_ip: { get_property: [SELF, front_end_ip] }
            htcondor_public_front_end_ip: { get_property: [SELF, public_front_end_ip] }
            htcondor_nfs: { get_property: [SELF, nfs] }
            htcondor_password: { get_property: [SELF, htcondor_password] }
            htcondor_version: { get_property: [SELF, htcondor_version] }
  tosca.nodes.indigo.LRMS.FrontEnd.Mesos:
    derived_from: tosca.nodes.indigo.LRMS.FrontEnd
    properties:
      principal: { type: string, default: mesosPrinc }
      secret: { type: string, default: mesosSecr }
      marathon_username: { type: string, default: admin }
      marathon_password: { type: string, default: 'secret!' }
      chronos_username: { type: string, default: admin }
      chronos_password: { type: string, default: 'secret!' }
    capabilities:
      lrms: { type: tosca.capabilities.indigo.LRMS.Mesos }
      endpoint: { type: tosca.capabilities.indigo.Endpoint }
    artifacts:
      mesos_role: { file: grycap.mesos, type: tosca.artifacts.AnsibleGalaxy.role }
      marathon_role: { file: grycap.marathon, type: tosca.artifacts.AnsibleGalaxy.role }
      chronos_role: { file: grycap.chronos, type: tosca.artifacts.AnsibleGalaxy.role }
    interfaces:
      Standard:
        configure:
          implementation: https://raw.githubusercontent.com/grycap/tosca/main/artifacts/lrms/mesos_fe_install.yml
          inputs:
            mesos_principal: { get_property: [SELF, principal] }
            mesos_secret: { get_property: [SELF, secret] }
            marathon_username: { get_property: [SELF, marathon_username] }
            marathon_password: { get_property: [SELF, marathon_password] }
            chronos_username: { get_property: [SELF, chronos_username] }
            chronos_password: { get_property: [SELF, chronos_password] }
  tosca.nodes.indigo.LRMS.WorkerNode.Mesos:
    derived_from: tosca.nodes.indigo.LRMS.WorkerNode
    properties:
      principal: { type: string, default: mesosPrinc }
      secret: { type: string, default: mesosSecr }
    artifacts:
      mesos_role: { file: grycap.mesos, type: tosca.artifacts.AnsibleGalaxy.role }
    interfaces:
      Standard:
        configure:
          implementation: https://raw.githubusercontent.com/grycap/tosca/main/artifacts/lrms/mesos_wn_install.yml
          inputs:
            mesos_front_private_ip: { get_property: [SELF, front_end_ip] }
            mesos_principal: { get_property: [SELF, principal] }
            mesos_secret: { get_property: [SELF, secret] }
  tosca.nodes.indigo.LRMS.FrontEnd.Storm:
    derived_from: tosca.nodes.indigo.LRMS.FrontEnd
    properties:
      version: { type: string, default: '2.2.0' }
      zk_version: { type: string, default: '3.6.2' }
    artifacts:
      storm_role: { file: grycap.storm, type: tosca.artifacts.AnsibleGalaxy.role }
    interfaces:
      Standard:
        configure:
          implementation: https://raw.githubusercontent.com/grycap/tosca/main/artifacts/storm/fe-install.yml
          inputs:
            storm_version: { get_property: [SELF, version] }
            zk_version: { get_property: [SELF, zk_version] }
  tosca.nodes.indigo.LRMS.WorkerNode.Storm:
    derived_from: tosca.nodes.indigo.LRMS.WorkerNode
    properties:
      num_supervisors: { type: integer, default: 1 }
      version: { type: string, default: '2.2.0' }
    artifacts:
      storm_role: { file: grycap.storm, type: tosca.artifacts.AnsibleGalaxy.role }
    interfaces:
      Standard:
        configure:
          implementation: https://raw.githubusercontent.com/grycap/tosca/main/artifacts/storm/wn-install.yml
          inputs:
            storm_front_end_ip: { get_property: [SELF, front_end_ip] }
            storm_version: { get_property: [SELF, version] }
            num_supervisors: { get_property: [SELF, num_supervisors] }
  tosca.nodes.indigo.LRMS.FrontEnd.Nomad:
    derived_from: tosca.nodes.indigo.LRMS.FrontEnd
    capabilities:
      lrms: { type: tosca.capabilities.indigo.LRMS.Nomad }
      endpoint: { type: tosca.capabilities.indigo.Endpoint }
    artifacts:
      nomad_role: { file: grycap.nomad, type: tosca.artifacts.AnsibleGalaxy.role }
      consul_role: { file: grycap.consul, type: tosca.artifacts.AnsibleGalaxy.role }
    interfaces:
      Standard:
        configure:
          implementation: https://raw.githubusercontent.com/grycap/tosca/main/artifacts/lrms/nomad_fe_install.yml
  tosca.nodes.indigo.LRMS.WorkerNode.Nomad:
    derived_from: tosca.nodes.indigo.LRMS.WorkerNode
    artifacts:
      nomad_role: { file: grycap.nomad, type: tosca.artifacts.AnsibleGalaxy.role }
    interfaces:
      Standard:
        configure:
          implementation: https://raw.githubusercontent.com/grycap/tosca/main/artifacts/lrms/nomad_wn_install.yml
          inputs:
            nomad_server_ip: { get_property: [SELF, front_end_ip] }
`;
