// The commands behind `npm test`, `npm run check` and the rest: `node scripts/run.mjs NAME ARGS`.
import { join } from 'node:path';
import { buildPage, ensureDependencies, ensureNode, root } from './bootstrap.mjs';
import { check } from './check.mjs';
import { faults } from './faults.mjs';
import { entry, Problem, run, start } from './processes.mjs';
import { generate } from './proto.mjs';
import { test } from './test.mjs';
import { toolsEnvironment } from './tools.mjs';

const COMMANDS = { test, check, proto: generate, bench, faults, simulate, web };

await entry(async () => {
  const [name, ...args] = process.argv.slice(2);
  const command = Object.hasOwn(COMMANDS, name ?? '') ? COMMANDS[name] : undefined;
  if (!command) {
    throw new Problem(`no command ${name ?? ''}; use one of ${Object.keys(COMMANDS).join(', ')}`);
  }
  const node = await ensureNode();
  await ensureDependencies(node, { dev: true });
  return command(node, args);
});

async function bench(node, args) {
  const env = args[0] === 'ranking' ? await toolsEnvironment('bench') : {};
  return script({ ...node, env: { ...node.env, ...env } }, join(root, 'bench', 'run.ts'), args);
}

function simulate(node, args) {
  return script(node, join(root, 'test', 'simulation', 'main.ts'), args);
}

function script(node, path, args) {
  return run(node.path, ['--disable-warning=ExperimentalWarning', path, ...args], {
    cwd: root,
    env: node.env,
    leashed: true,
  });
}

/** `npm run web` builds the page; `npm run web dev` serves it and follows changes. */
async function web(node, args) {
  const { code } = await buildPage(node, start, args.length > 0 ? args : ['build']);
  return code;
}
