import typescript from 'typescript';

// Without a compiler API (TypeScript 7 has none) dependency-cruiser would scan nothing and say all is well.
if (!typescript.createSourceFile) throw new Error('dependency-cruiser needs TypeScript 6 as "typescript".');

const definitions = ['engine', 'events', 'commands', 'projections', 'reactions'];

/** Which folders of `src` a folder may import besides itself; `packages` limits what else it may import, `files` are single modules of `src`. */
const arrows = {
  engine: { folders: [] },
  events: { folders: ['engine'], packages: ['zod'] },
  commands: { folders: ['events', 'engine'], packages: ['zod'] },
  projections: { folders: ['events', 'engine'], packages: ['zod', 'kysely'] },
  reactions: { folders: ['events', 'commands', 'projections', 'engine'], packages: ['zod'] },
  simulation: { folders: ['events', 'engine'], packages: [] },
  storage: { folders: ['engine'] },
  imports: { folders: [...definitions], files: ['runtime'], packages: ['zod'] },
  http: { folders: [...definitions, 'imports', 'storage'], files: ['runtime'] },
  jobs: { folders: [...definitions, 'simulation', 'storage'], files: ['runtime'] },
};

const folderRules = Object.entries(arrows).map(([folder, { folders, files = [] }]) => ({
  name: `${folder}-imports`,
  comment: `src/${folder} imports nothing of ours but ${[folder, ...folders, ...files].join(', ')}.`,
  severity: 'error',
  from: { path: `^src/${folder}/` },
  to: {
    path: '^(src|test|bench)/',
    pathNot: `^src/(${[...[folder, ...folders].map((name) => `${name}/`), ...files.map((name) => `${name}\\.ts$`)].join('|')})`,
  },
}));

const packageRules = Object.entries(arrows)
  .filter(([, { packages }]) => packages)
  .map(([folder, { packages }]) => ({
    name: `${folder}-packages`,
    comment: `src/${folder} is pure: of packages and Node modules it imports only ${packages.join(', ')}.`,
    severity: 'error',
    from: { path: `^src/${folder}/` },
    to: { pathNot: ['^(src|test|bench)/', `(^|/)node_modules/(${packages.join('|')})/`] },
  }));

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...folderRules,
    ...packageRules,
    {
      name: 'no-cycles',
      comment: 'Modules form no cycle; a cycle of types is a cycle.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'src-without-tests',
      comment: 'The product imports neither tests nor benchmarks.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench)/' },
    },
    {
      name: 'config-imports',
      comment: 'The environment is read into plain values before anything else is loaded.',
      severity: 'error',
      from: { path: '^src/config\\.ts$' },
      to: { path: '^(src|test|bench)/' },
    },
    {
      name: 'no-dev-packages',
      comment: 'The product runs after npm ci --omit=dev.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'resolvable',
      comment: 'Every import leads to a file or a package.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    parser: 'tsc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'node', 'import', 'require', 'default'],
      mainFields: ['types', 'module', 'main'],
    },
  },
};
