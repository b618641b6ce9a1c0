/** Published node types: Kubernetes clusters and what is installed in them (spec: tosca.md 12). */
export const ecosystemKubernetes = `tosca_definitions_version: tosca_simple_yaml_1_3

node_types:
  tosca.nodes.indigo.LRMS.FrontEnd.Kubernetes:
    derived_from: tosca.nodes.indigo.LRMS.FrontEnd
    properties:
      admin_username: { type: string, default: kubeuser }
      admin_token: { type: string, required: false }
      install_kubeapps: { type: boolean, default: false }
      install_metrics: { type: boolean, default: true }
      install_nfs_client: { type: boolean, default: true }
      nfs_client_path: { type: string, default: '/pv' }
      install_ingress: { type: boolean, default: true }
      ingress_type: { type: string, default: '' }
      install_dashboard: { type: boolean, default: true }
      install_yunikorn: { type: boolean, default: false }
      version: { type: string, default: '1.18.8' }
      nvidia_support: { type: boolean, default: false }
      cert_manager: { type: boolean, default: false }
      cert_user_email: { type: string, default: 'jhondoe@server.com' }
      tls_certificates:
        type: map
        entry_schema: { type: tosca.datatypes.grycap.TLSCertificate }
        default: {}
      public_dns_name: { type: string, default: '' }
      cert_manager_challenge: { type: string, default: http01 }
      cert_manager_challenge_dns01_domain: { type: string, default: '' }
      cert_manager_challenge_dns01_ak: { type: string, default: '' }
      cert_manager_challenge_dns01_sk: { type: string, default: '' }
      cert_manager_wildcard_cert_dns_name: { type: string, default: '' }
      cri_runtime:
        type: string
        default: docker
        constraints: [{ valid_values: [docker, containerd, crio] }]
      csi_driver: { type: string, default: NFS, constraints: [{ valid_values: [NFS, Longhorn] }] }
      use_public_ip: { type: boolean, default: false }
      install_gateway_api: { type: boolean, default: false }
      public_additional_dns_names: { type: list, entry_schema: { type: string }, default: [] }
      install_local_path_provisioner: { type: boolean, default: false }
    capabilities:
      lrms: { type: tosca.capabilities.indigo.LRMS.Kubernetes }
      endpoint: { type: tosca.capabilities.indigo.Endpoint }
      host: { type: tosca.capabilities.Container }
    artifacts:
      kube_role: { file: grycap.kubernetes, type: tosca.artifacts.AnsibleGalaxy.role }
      nfs_role: { file: grycap.nfs, type: tosca.artifacts.AnsibleGalaxy.role }
    interfaces:
      Standard:
        configure:
          implementation: https://raw.githubusercontent.com/grycap/tosca/main/artifacts/lrms/kube_fe_install.yml
          inputs:
            kube_front_end_ip: { get_attribute: [HOST, private_address, 0] }
            kube_public_front_end_ip: { get_attribute: [HOST, public_address, 0] }
            kube_admin_username: { get_property: [SELF, admin_username] }
            kube_admin_token: { get_property: [SELF, admin_token] }
            kube_install_kubeapps: { get_property: [SELF, install_kubeapps] }
            kube_install_metrics: { get_property: [SELF, install_metrics] }
            kube_install_nfs_client: { get_property: [SELF, install_nfs_client] }
            kube_nfs_path: { get_property: [SELF, nfs_client_path] }
            kube_install_ingress: { get_property: [SELF, install_ingress] }
            kube_version: { get_property: [SELF, version] }
            kube_nvidia_support: { get_property: [SELF, nvidia_support] }
            kube_cert_manager: { get_property: [SELF, cert_manager] }
            kube_cert_user_email: { get_property: [SELF, cert_user_email] }
            kube_tls_certificates: { get_property: [SELF, tls_certificates] }
            kube_public_dns_name: { get_property: [SELF, public_dns_name] }
            kube_public_additional_dns_names: { get_property: [SELF, public_additional_dns_names] }
            kube_cert_manager_challenge: { get_property: [SELF, cert_manager_challenge] }
            kube_cert_manager_challenge_dns01_domain:
              get_property: [SELF, cert_manager_challenge_dns01_domain]
            kube_cert_manager_challenge_dns01_ak: { get_property: [SELF, cert_manager_challenge_dns01_ak] }
            kube_cert_manager_challenge_dns01_sk: { get_property: [SELF, cert_manager_challenge_dns01_sk] }
            kube_cert_manager_wildcard_cert_dns_name:
              get_property: [SELF, cert_manager_wildcard_cert_dns_name]
            kube_cri_runtime: { get_property: [SELF, cri_runtime] }
            kube_install_yunikorn: { get_property: [SELF, install_yunikorn] }
            kube_deploy_dashboard: { get_property: [SELF, install_dashboard] }
            kube_csi_driver: { get_property: [SELF, csi_driver] }
            kube_use_public_ip: { get_property: [SELF, use_public_ip] }
            kube_install_gateway_api: { get_property: [SELF, install_gateway_api] }
            kube_ingress_type: { get_property: [SELF, ingress_type] }
            kube_install_local_path: { get_property: [SELF, install_local_path_provisioner] }
  tosca.nodes.indigo.LRMS.WorkerNode.Kubernetes:
    derived_from: tosca.nodes.indigo.LRMS.WorkerNode
    properties:
      version: { type: string, default: '1.18.8' }
      nvidia_support: { type: boolean, default: false }
      cri_runtime:
        type: string
        default: docker
        constraints: [{ valid_values: [docker, containerd, crio] }]
      csi_driver: { type: string, default: NFS, constraints: [{ valid_values: [NFS, Longhorn] }] }
      kubelet_extra_args: { type: map, entry_schema: { type: string }, default: {} }
    artifacts:
      kube_role: { file: grycap.kubernetes, type: tosca.artifacts.AnsibleGalaxy.role }
      nfs_role: { file: grycap.nfs, type: tosca.artifacts.AnsibleGalaxy.role }
    interfaces:
      Standard:
        configure:
          implementation: https://raw.githubusercontent.com/grycap/tosca/main/artifacts/lrms/kube_wn_install.yml
          inputs:
            kube_front_end_ip: { get_property: [SELF, front_end_ip] }
            kube_version: { get_property: [SELF, version] }
            kube_nvidia_support: { get_property: [SELF, nvidia_support] }
            kube_cri_runtime: { get_property: [SELF, cri_runtime] }
            kube_csi_driver: { get_property: [SELF, csi_driver] }
            kubelet_extra_args_dict: { get_property: [SELF, kubelet_extra_args] }
  tosca.nodes.indigo.Helm.Chart:
    derived_from: tosca.nodes.ec3.Application
    properties:
      chart_url: { type: string, default: '' }
      repository_name: { type: string, default: '' }
      repository_url: { type: string, default: '' }
      name: { type: string, required: true }
      version: { type: string, default: latest }
      namespace: { type: string, required: false }
      values: { type: map, entry_schema: { type: string }, default: {} }
      values_file: { type: string, default: '' }
    capabilities:
      endpoint: { type: tosca.capabilities.indigo.Endpoint }
    requirements:
      - host:
          node: tosca.nodes.indigo.LRMS.FrontEnd.Kubernetes
          relationship: tosca.relationships.HostedOn
    interfaces:
      Standard:
        configure:
          implementation: https://raw.githubusercontent.com/grycap/tosca/main/artifacts/lrms/helm_chart.yml
          inputs:
            helm_repo_name: { get_property: [SELF, repository_name] }
            helm_repo_url: { get_property: [SELF, repository_url] }
            helm_app_name: { get_property: [SELF, name] }
            helm_version: { get_property: [SELF, version] }
            helm_values: { get_property: [SELF, values] }
            helm_namespace: { get_property: [SELF, namespace] }
            helm_values_file: { get_property: [SELF, values_file] }
            helm_chart_url: { get_property: [SELF, chart_url] }
  tosca.nodes.indigo.KubernetesObject:
    derived_from: tosca.nodes.Root
    properties:
      spec: { type: string, required: true }
    requirements:
      - host:
          node: tosca.nodes.indigo.LRMS.FrontEnd.Kubernetes
          relationship: tosca.relationships.HostedOn
    interfaces:
      Standard:
        configure:
          implementation: https://raw.githubusercontent.com/grycap/tosca/main/artifacts/lrms/k8s_object.yml
          inputs:
            k8s_spec: { get_property: [SELF, spec] }
  tosca.nodes.indigo.KubernetesSecretRegistry:
    derived_from: tosca.nodes.Root
    properties:
      name: { type: string, required: true }
      namespace: { type: string, default: default }
      server: { type: string, required: true }
      username: { type: string, required: true }
      password: { type: string, required: true }
      email: { type: string, default: 'jhondoe@server.com' }
    requirements:
      - host:
          node: tosca.nodes.indigo.LRMS.FrontEnd.Kubernetes
          relationship: tosca.relationships.HostedOn
    interfaces:
      Standard:
        configure:
          implementation: https://raw.githubusercontent.com/grycap/tosca/main/artifacts/lrms/k8s_secret_registry.yml
          inputs:
            k8s_secret_name: { get_property: [SELF, name] }
            k8s_secret_namespace: { get_property: [SELF, namespace] }
            k8s_secret_server: { get_property: [SELF, server] }
            k8s_secret_username: { get_property: [SELF, username] }
            k8s_secret_password: { get_property: [SELF, password] }
            k8s_secret_email: { get_property: [SELF, email] }
`;
