// The direction of imports (docs/architecture.md): a folder may import only folders that stand before it in this list.
const order = [
  'base',
  'onnx',
  'rewrite',
  'autodiff',
  'runtime',
  'formats',
  'zoo',
  'data',
  'text',
  'evidence',
  'search',
  'features',
  'methods',
  'advisor',
  'artifact',
  'export',
  'report',
  'app',
  'cli',
];

const direction = order.map((folder, index) => ({
  name: `direction-${folder}`,
  severity: 'error',
  comment: `${folder} may import only what stands before it`,
  from: { path: `^src/${folder}/` },
  to: {
    path:
      order
        .slice(index + 1)
        .map((later) => `^src/${later}/`)
        .join('|') || '^$',
  },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...direction,
    {
      name: 'through-the-index',
      severity: 'error',
      comment: 'folders see each other only through their index.ts',
      from: { path: '^src/([^/]+)/' },
      to: { path: '^src/[^/]+/', pathNot: ['^src/$1/', '^src/[^/]+/index\\.ts$'] },
    },
    {
      name: 'autodiff-without-runtime',
      severity: 'error',
      from: { path: '^src/autodiff/' },
      to: { path: '^src/runtime/' },
    },
    {
      name: 'search-and-evidence-on-base-alone',
      severity: 'error',
      from: { path: '^src/(search|evidence)/' },
      to: { path: '^src/', pathNot: ['^src/$1/', '^src/base/'] },
    },
    {
      name: 'onnxruntime-only-in-runtime',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/runtime/' },
      to: { path: 'onnxruntime-node' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.test\\.ts$' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
  },
};
