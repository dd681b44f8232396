// `npm run faults -- NAME`: obtains what the faults are made with, and runs them. What could not be
// had is told to them, and they say what was not run for want of it.
import { join } from 'node:path';
import { root } from './bootstrap.mjs';
import { run } from './processes.mjs';
import { toolsEnvironment } from './tools.mjs';

export async function faults(node, args) {
  const env = { ...node.env, ...(await toolsEnvironment('faults')) };
  const script = join(root, 'test', 'faults', 'run.ts');
  return run(node.path, ['--disable-warning=ExperimentalWarning', script, ...args], {
    cwd: root,
    env,
    leashed: true,
  });
}
