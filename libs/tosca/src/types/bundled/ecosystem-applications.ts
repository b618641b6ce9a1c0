/** Published node types: applications (spec: tosca.md 12). */
export const ecosystemApplications = `tosca_definitions_version: tosca_simple_yaml_1_3

node_types:
  tosca.nodes.ec3.Application:
    derived_from: tosca.nodes.SoftwareComponent
    capabilities:
      endpoint: { type: tosca.capabilities.indigo.Endpoint }
  tosca.nodes.ec3.ElasticCluster:
    derived_from: tosca.nodes.ec3.Application
    properties:
      secret_token: { type: string, default: not_very_secret_token }
      powermanager_plugin: { type: string, default: indigo_orchestrator }
      im_auth: { type: string, default: '' }
      auth_token: { type: map, entry_schema: { type: string }, default: {} }
      config_options:
        type: list
        entry_schema: { type: map }
        default:
          - { section: scheduling, option: IDLE_TIME, value: '1800' }
          - { section: scheduling, option: RECONSIDER_JOB_TIME, value: '120' }
          - { section: monitoring, option: MAX_WAIT_POWERON, value: '3000' }
          - { section: monitoring, option: MAX_WAIT_POWEROFF, value: '600' }
          - { section: monitoring, option: PERIOD_LIFECYCLE, value: '10' }
          - { section: monitoring, option: PERIOD_MONITORING_NODES, value: '2' }
          - { section: client, option: CLUES_REQUEST_WAIT_TIMEOUT, value: '3000' }
      kube_token: { type: string, default: '' }
      kube_wn_cpus: { type: integer, default: 2 }
      kube_wn_mem: { type: scalar-unit.size, default: 4 GiB }
    requirements:
      - wn:
          node: tosca.nodes.indigo.LRMS.WorkerNode
          relationship: tosca.relationships.indigo.Manages
      - lrms:
          node: tosca.nodes.indigo.LRMS.FrontEnd
          relationship: tosca.relationships.HostedOn
    artifacts:
      clues_role: { file: grycap.clues, type: tosca.artifacts.AnsibleGalaxy.role }
      im_role: { file: grycap.im, type: tosca.artifacts.AnsibleGalaxy.role }
    interfaces:
      Standard:
        create:
          implementation: https://raw.githubusercontent.com/grycap/tosca/main/artifacts/ec3_install.yml
          inputs:
            clues_secret_token: { get_property: [SELF, secret_token] }
            clues_queue_system: { get_property: [SELF, lrms, type] }
            max_number_of_nodes: { get_property: [SELF, wn, max_instances] }
            clues_powermanager_plugin: { get_property: [SELF, powermanager_plugin] }
            auth: { get_property: [SELF, im_auth] }
            clues_auth_token: { get_property: [SELF, auth_token] }
            clues_git_branch: master
            clues_config_options: { get_property: [SELF, config_options] }
            clues_kube_token: { get_property: [SELF, kube_token] }
            KUBERNETES_NODE_MEMORY: { get_property: [SELF, kube_wn_mem] }
            KUBERNETES_NODE_SLOTS: { get_property: [SELF, kube_wn_cpus] }
  tosca.nodes.indigo.AnsibleRecipe:
    derived_from: tosca.nodes.ec3.Application
    properties:
      tasks: { type: list, entry_schema: { type: map }, default: [] }
    interfaces:
      Standard:
        configure:
          implementation: https://raw.githubusercontent.com/grycap/tosca/main/artifacts/ansible_tasks.yml
          inputs:
            ansible_tasks: { get_property: [SELF, tasks] }
            ansible_name: { get_attribute: [SELF, tosca_name] }
  tosca.nodes.indigo.GalaxyPortal:
    derived_from: tosca.nodes.WebServer
    properties:
      admin_email: { type: string, default: 'admin@admin.com' }
      admin_password: { type: string, default: adminpass }
      dns_name: { type: string, default: '' }
      version: { type: string, default: latest }
      brand: { type: string, default: Galaxy }
    capabilities:
      endpoint: { type: tosca.capabilities.indigo.Endpoint }
    requirements:
      - lrms:
          node: tosca.nodes.indigo.LRMS.FrontEnd
          relationship: tosca.relationships.HostedOn
    artifacts:
      nfs_role: { file: grycap.nfs, type: tosca.artifacts.AnsibleGalaxy.role }
      galaxy_role: { file: grycap.galaxy, type: tosca.artifacts.AnsibleGalaxy.role }
    interfaces:
      Standard:
        configure:
          implementation: https://raw.githubusercontent.com/grycap/tosca/main/artifacts/galaxy/galaxy_portal_install.yml
          inputs:
            galaxy_admin: { get_property: [SELF, admin_email] }
            galaxy_admin_password: { get_property: [SELF, admin_password] }
            galaxy_lrms: { get_property: [SELF, lrms, type] }
            galaxy_server_name: { get_attribute: [HOST, private_address, 0] }
            galaxy_dns_name: { get_property: [SELF, dns_name] }
            galaxy_image_version: { get_property: [SELF, version] }
            galaxy_brand: { get_property: [SELF, brand] }
  tosca.nodes.indigo.GalaxyWN:
    derived_from: tosca.nodes.SoftwareComponent
    properties:
      front_end_ip: { type: string, required: true }
    requirements:
      - host:
          node: tosca.nodes.Compute
          relationship: tosca.relationships.HostedOn
    artifacts:
      nfs_role: { file: grycap.nfs, type: tosca.artifacts.AnsibleGalaxy.role }
      galaxy_role: { file: grycap.galaxy, type: tosca.artifacts.AnsibleGalaxy.role }
    interfaces:
      Standard:
        configure:
          implementation: https://raw.githubusercontent.com/grycap/tosca/main/artifacts/galaxy/galaxy_wn_configure.yml
          inputs:
            galaxy_front_end_ip: { get_property: [SELF, front_end_ip] }
  tosca.nodes.indigo.PulsarFront:
    derived_from: tosca.nodes.SoftwareComponent
    properties:
      mq_user: { type: string, required: true }
      mq_password: { type: string, required: true }
    requirements:
      - lrms:
          node: tosca.nodes.indigo.LRMS.FrontEnd
          relationship: tosca.relationships.HostedOn
    artifacts:
      pulsar_role:
        file: git+https://github.com/sebastian-luna-valero/ansible-role-pulsar|pulsar
        type: tosca.artifacts.AnsibleGalaxy.role
    interfaces:
      Standard:
        configure:
          implementation: https://raw.githubusercontent.com/grycap/tosca/main/artifacts/lrms/pulsar_fe_install.yml
          inputs:
            pulsar_user: { get_property: [SELF, mq_user] }
            pulsar_password: { get_property: [SELF, mq_password] }
  tosca.nodes.indigo.PulsarWorker:
    derived_from: tosca.nodes.SoftwareComponent
    requirements:
      - host:
          node: tosca.nodes.Compute
          relationship: tosca.relationships.HostedOn
    artifacts:
      pulsar_role:
        file: git+https://github.com/sebastian-luna-valero/ansible-role-pulsar|pulsar
        type: tosca.artifacts.AnsibleGalaxy.role
    interfaces:
      Standard:
        configure:
          implementation: https://raw.githubusercontent.com/grycap/tosca/main/artifacts/lrms/pulsar_wn_install.yml
  tosca.nodes.indigo.ARCfe:
    derived_from: tosca.nodes.SoftwareComponent
    properties:
      timezone: { type: string, default: Europe/Oslo }
    capabilities:
      endpoint: { type: tosca.capabilities.indigo.Endpoint }
    requirements:
      - lrms:
          node: tosca.nodes.indigo.LRMS.FrontEnd
          relationship: tosca.relationships.HostedOn
    artifacts:
      arc_role:
        file: git+https://github.com/nordugrid/arc-ansible|arc
        type: tosca.artifacts.AnsibleGalaxy.role
    interfaces:
      Standard:
        configure:
          implementation: https://raw.githubusercontent.com/grycap/tosca/main/artifacts/arc.yml
          inputs:
            timezone: { get_property: [SELF, timezone] }
  tosca.nodes.indigo.ARCwn:
    derived_from: tosca.nodes.SoftwareComponent
    properties:
      timezone: { type: string, default: Europe/Oslo }
    requirements:
      - host:
          node: tosca.nodes.Compute
          relationship: tosca.relationships.HostedOn
    artifacts:
      arc_role:
        file: git+https://github.com/nordugrid/arc-ansible|arc
        type: tosca.artifacts.AnsibleGalaxy.role
    interfaces:
      Standard:
        configure:
          implementation: https://raw.githubusercontent.com/grycap/tosca/main/artifacts/arc.yml
          inputs:
            timezone: { get_property: [SELF, timezone] }
  tosca.nodes.indigo.OphidiaServer:
    derived_from: tosca.nodes.SoftwareComponent
    properties:
      io_ips: { type: list, entry_schema: { type: string }, default: [] }
    artifacts:
      ophidia_role: { file: OphidiaBigData.ophidia-cluster, type: tosca.artifacts.AnsibleGalaxy.role }
      slurm_role: { file: grycap.slurm, type: tosca.artifacts.AnsibleGalaxy.role }
      nfs_role: { file: grycap.nfs, type: tosca.artifacts.AnsibleGalaxy.role }
    interfaces:
      Standard:
        configure:
          implementation: https://raw.githubusercontent.com/grycap/tosca/main/artifacts/ophidia/ophidia_server_install.yml
          inputs:
            ophidia_io_ips: { get_property: [SELF, io_ips] }
            ophidia_server_ip: { get_attribute: [HOST, private_address, 0] }
            ophidia_server_public_ip: { get_attribute: [HOST, public_address, 0] }
  tosca.nodes.indigo.OphidiaIO:
    derived_from: tosca.nodes.SoftwareComponent
    properties:
      server_ip: { type: string, required: true }
      server_public_ip: { type: string, required: true }
    artifacts:
      ophidia_role: { file: OphidiaBigData.ophidia-cluster, type: tosca.artifacts.AnsibleGalaxy.role }
      slurm_role: { file: grycap.slurm, type: tosca.artifacts.AnsibleGalaxy.role }
      nfs_role: { file: grycap.nfs, type: tosca.artifacts.AnsibleGalaxy.role }
    interfaces:
      Standard:
        configure:
          implementation: https://raw.githubusercontent.com/grycap/tosca/main/artifacts/ophidia/ophidia_io_install.yml
          inputs:
            ophidia_server_ip: { get_property: [SELF, server_ip] }
            ophidia_server_public_ip: { get_property: [SELF, server_public_ip] }
  tosca.nodes.indigo.HadoopMaster:
    derived_from: tosca.nodes.SoftwareComponent
    artifacts:
      hadoop_role: { file: grycap.hadoop, type: tosca.artifacts.AnsibleGalaxy.role }
    interfaces:
      Standard:
        configure:
          implementation: https://raw.githubusercontent.com/grycap/tosca/main/artifacts/hadoop/hadoop_master_install.yml
          inputs:
            hadoop_master_ip: { get_attribute: [HOST, private_address, 0] }
  tosca.nodes.indigo.HadoopSlave:
    derived_from: tosca.nodes.SoftwareComponent
    properties:
      master_ip: { type: string, required: true }
    artifacts:
      hadoop_role: { file: grycap.hadoop, type: tosca.artifacts.AnsibleGalaxy.role }
    interfaces:
      Standard:
        configure:
          implementation: https://raw.githubusercontent.com/grycap/tosca/main/artifacts/hadoop/hadoop_wn_install.yml
          inputs:
            hadoop_master_ip: { get_property: [SELF, master_ip] }
`;
