import { publishedTypes } from './fixtures.js';

/** Documents that use each part of the language and of the translation once. */
export const handmadeDocuments: readonly string[] = [
  `tosca_definitions_version: tosca_simple_yaml_1_0
imports: [ ${publishedTypes} ]
repositories: { docker_hub: { url: https://hub.example/ } }
metadata: { infra_name: mine, namespace: here }
topology_template:
  inputs:
    wanted: { type: integer, default: 2, constraints: [ { in_range: [ 0, 5 ] } ] }
    secret: { type: string, default: random(8) }
    ports: { type: map, entry_schema: { type: string }, default: { ssh: { protocol: tcp, source: 22 } } }
  node_templates:
    server:
      type: tosca.nodes.indigo.Compute
      capabilities:
        endpoint: { properties: { network_name: PUBLIC, dns_name: name.example, ports: { get_input: ports } } }
        scalable: { properties: { count: { get_input: wanted }, removal_list: [ 1 ] } }
        host: { properties: { num_cpus: "2", mem_size: 4 GB, num_gpus: 1, instance_type: m1 } }
        os:
          properties:
            type: linux
            version: 18.10
            image: one://cloud.example/1
            credential: { user: user, token: { get_input: secret }, token_type: password }
      requirements:
        - local_storage:
            node: disk
            relationship: { type: AttachesTo, properties: { location: /data, device: hdb } }
    disk: { type: tosca.nodes.BlockStorage, properties: { size: 10 GB } }
    app:
      type: tosca.nodes.SoftwareComponent
      requirements: [ { host: server } ]
      interfaces:
        Standard:
          create: { implementation: https://a.example/run.sh }
          configure:
            implementation: https://a.example/play.yml
            inputs:
              one: { concat: [ a, { get_property: [ HOST, host, num_cpus ] }, { token: [ a-b, "-", 1 ] } ] }
              two: { get_attribute: [ HOST, private_address, 0 ] }
              three: { get_input: wanted }
              four: { get_artifact: [ SELF, data ] }
      artifacts:
        data: { file: https://a.example/data.txt, type: tosca.artifacts.File }
        role: { file: grycap.docker, type: tosca.artifacts.AnsibleGalaxy.role }
  groups: { all: { type: tosca.groups.Root, members: [ server ] } }
  policies:
    - place: { type: tosca.policies.indigo.Placement, targets: [ all ], properties: { cloud_id: one } }
  outputs:
    address: { value: { get_attribute: [ server, public_address, 0 ] } }
    login: { value: { get_attribute: [ server, endpoint, credential, 0, token ] } }
    log: { value: { get_attribute: [ server, ansible_output, server_conf_server, tasks, one, output ] } }
    text: { value: { concat: [ "http://", { get_attribute: [ server, private_address, 1 ] } ] } }
`,
  `tosca_definitions_version: tosca_simple_yaml_1_3
node_types:
  my.Worker:
    derived_from: tosca.nodes.Compute
    properties: { count: { type: integer, default: 1 }, data: { type: my.Data, required: false } }
    attributes:
      one: { type: string, default: { get_attribute: [ SELF, two ] } }
      two: { type: string, default: { get_property: [ SELF, count ] } }
    requirements: [ { other: { capability: tosca.capabilities.Node, relationship: my.Link, occurrences: [ 0, 2 ] } } ]
    interfaces: { Standard: { start: { implementation: https://a.example/run.sh, inputs: { n: { get_property: [ SELF, count ] } } } } }
  my.Cyclic: { derived_from: my.Other }
  my.Other: { derived_from: my.Cyclic }
relationship_types:
  my.Link: { derived_from: tosca.relationships.DependsOn, properties: { w: { type: float, default: 0.5 } } }
data_types:
  my.Data: { properties: { a: { type: list, entry_schema: { type: my.Size } }, b: { type: my.Data, required: false } } }
  my.Size: { derived_from: integer, constraints: [ { greater_or_equal: 1 } ] }
topology_template:
  node_templates:
    server:
      type: my.Worker
      properties: { data: { a: [ 1, "2" ], b: { a: [] } } }
      requirements: [ { other: app } ]
    work: { type: my.Worker, properties: { count: 3 }, requirements: [ { other: { node: server, relationship: link } }, { other: app } ] }
    app: { type: SoftwareComponent, requirements: [ { host: server } ] }
    net: { type: tosca.nodes.network.Network, properties: { network_type: public, cidr: 10.0.0.0/24, gateway_ip: 10.0.0.1 } }
    port:
      type: tosca.nodes.network.Port
      properties: { order: 0, ip_address: 10.0.0.5 }
      requirements: [ { binding: server }, { link: { node: net } } ]
  relationship_templates:
    link:
      type: my.Link
      properties: { w: 1.5 }
      interfaces:
        Configure:
          add_target: { implementation: https://a.example/play.yml, inputs: { a: { get_attribute: [ TARGET, private_address ] }, b: { get_property: [ SELF, w ] } } }
  outputs:
    one: { value: { get_attribute: [ work, one ] } }
    ip: { value: { get_attribute: [ port, ip_address ] } }
`,
  `tosca_definitions_version: tosca_simple_yaml_1_0
imports: [ { types: ${publishedTypes} } ]
topology_template:
  node_templates:
    work:
      type: tosca.nodes.Container.Application.Docker
      properties: { environment: { A: b, C: "d,e" }, command: [ sh, -c, "echo" ] }
      requirements: [ { host: other } ]
      artifacts:
        image: { file: nginx, type: tosca.artifacts.Deployment.Image.Container.Docker }
        conf: { file: https://a.example/data.txt, type: tosca.artifacts.File, deploy_path: /etc/x, properties: { content: text } }
    other:
      type: tosca.nodes.Container.Runtime.Docker
      capabilities:
        host:
          properties: { num_cpus: 0.5, mem_size: 1 GB, publish_ports: [ { protocol: tcp, target: 80, source: 30080 } ], volumes: [ "disk:/data" ] }
    disk: { type: tosca.nodes.BlockStorage, properties: { size: 10 GB, volume_id: v } }
    fn:
      type: tosca.nodes.aisprint.FaaS.Function
      properties: { name: fn, image: img, memory: 1 GB, script: "echo", env_variables: { A: b }, input: [ { storage_provider: minio, path: in } ] }
    outer: { type: tosca.nodes.im.AnsibleHost, properties: { host: ansible.example, credential: { user: u, token: t } } }
  outputs:
    pages: { value: { get_attribute: [ work, endpoints, 0 ] } }
    fn: { value: { get_attribute: [ fn, endpoint ] } }
`,
];
