/** The dependency rules of docs/architecture.md, checked by `npm run check`. */
const lib = (name) => `^libs/${name}/src`;
/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'nothing-imports-an-app', severity: 'error', from: { path: '^libs/' }, to: { path: '^apps/' } },
    {
      name: 'pure-libraries-do-no-io',
      comment: 'radl and domain import no framework and no I/O.',
      severity: 'error',
      from: { path: ['^libs/(radl|tosca|domain)/src'], pathNot: '\\.spec\\.ts$' },
      to: {
        path: ['^libs/(?!radl|tosca|domain)', 'node_modules/(?!yaml|js-yaml|zod|re2js)'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'pure-libraries-use-no-node-modules',
      severity: 'error',
      from: { path: ['^libs/(radl|tosca|domain)/src'], pathNot: '\\.spec\\.ts$' },
      to: { dependencyTypes: ['core'], path: '^(?!node:crypto|crypto)' },
    },
    {
      name: 'radl-knows-nobody',
      severity: 'error',
      from: { path: lib('radl') },
      to: { path: '^libs/(?!radl)' },
    },
    {
      name: 'connectors-and-contextualization-know-domain-and-radl',
      severity: 'error',
      from: { path: '^libs/(connectors|contextualization|ssh)/src', pathNot: '\\.spec\\.ts$' },
      to: { path: '^libs/(persistence|jobs|auth|config|observability)/' },
    },
    {
      name: 'libraries-are-entered-by-their-index',
      severity: 'error',
      from: { path: '^(?:libs|apps)/([^/]+)/' },
      to: { path: '^libs/(?!$1/)[^/]+/src/(?!index\\.ts$|redis/index\\.ts$)', pathNot: '^libs/$1/' },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: ['\\.spec\\.ts$', '\\.d\\.ts$', 'index\\.ts$'] },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules|dist' },
    exclude: { path: '/dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['im-source', 'import', 'node', 'default'],
    },
  },
};
