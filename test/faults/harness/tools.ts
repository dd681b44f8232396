/**
 * The programs that faults are made with. `npm run faults` and `npm test` find or obtain them and
 * pass their paths on; what is missing makes a run a *not run*.
 */
import { existsSync, readFileSync } from 'node:fs';
import { NotRun } from './fault.ts';

const VARIABLES = {
  strace: 'FURLONG_TEST_STRACE',
  'mkfs.ext4': 'FURLONG_TEST_MKFS_EXT4',
  'mkfs.xfs': 'FURLONG_TEST_MKFS_XFS',
  xfs_io: 'FURLONG_TEST_XFS_IO',
  libeatmydata: 'FURLONG_TEST_LIBEATMYDATA',
  libfaketime: 'FURLONG_TEST_LIBFAKETIME',
} as const;

export type ToolName = keyof typeof VARIABLES;

/** @throws NotRun where it is not there. */
export function tool(name: ToolName): string {
  const path = process.env[VARIABLES[name]];
  if (!path || !existsSync(path)) {
    throw new NotRun(`there is no ${name}: ${VARIABLES[name]} names none (npm run faults sets it)`);
  }
  return path;
}

/** @throws NotRun where this is not root on Linux with loop devices. */
export function mustBeAbleToMount(): void {
  if (process.platform !== 'linux') throw new NotRun('loop mounts are made on Linux only');
  if (process.getuid?.() !== 0) throw new NotRun('loop mounts take root: run it as root');
  if (!existsSync('/dev/loop-control')) throw new NotRun('this kernel has no loop devices');
}

/** @throws NotRun where the kernel cannot mount this kind of file system. */
export function mustKnowFileSystem(kind: string): void {
  const known = readFileSync('/proc/filesystems', 'utf8').split(/\s+/);
  if (!known.includes(kind)) throw new NotRun(`this kernel mounts no ${kind}`);
}
