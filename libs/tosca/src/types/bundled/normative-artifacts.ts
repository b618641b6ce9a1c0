/** Normative artifact types (spec: tosca.md 11). */
export const normativeArtifacts = `tosca_definitions_version: tosca_simple_yaml_1_3

artifact_types:
  tosca.artifacts.Root:
    properties:
      version: { type: version, required: false }
  tosca.artifacts.File:
    derived_from: tosca.artifacts.Root
  tosca.artifacts.Deployment:
    derived_from: tosca.artifacts.Root
  tosca.artifacts.Deployment.Image:
    derived_from: tosca.artifacts.Deployment
  tosca.artifacts.Deployment.Image.VM:
    derived_from: tosca.artifacts.Deployment.Image
  tosca.artifacts.Implementation:
    derived_from: tosca.artifacts.Root
  tosca.artifacts.Implementation.Bash:
    derived_from: tosca.artifacts.Implementation
    file_ext: [sh]
    mime_type: application/x-sh
  tosca.artifacts.Implementation.Python:
    derived_from: tosca.artifacts.Implementation
    file_ext: [py]
    mime_type: application/x-python
  tosca.artifacts.Deployment.Image.Container.Docker:
    derived_from: tosca.artifacts.Deployment.Image
  tosca.artifacts.Deployment.Image.VM.ISO:
    derived_from: tosca.artifacts.Deployment.Image
    file_ext: [iso]
    mime_type: application/octet-stream
  tosca.artifacts.Deployment.Image.VM.QCOW2:
    derived_from: tosca.artifacts.Deployment.Image
    file_ext: [qcow2]
    mime_type: application/octet-stream
  tosca.artifacts.template:
    derived_from: tosca.artifacts.Root
  tosca.artifacts.template.Jinja2:
    derived_from: tosca.artifacts.template
  tosca.artifacts.template.Twig:
    derived_from: tosca.artifacts.template
`;
