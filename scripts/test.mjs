// `npm test`: obtains the outside tools, runs vitest, and ends with an account: a line for all that
// was not run, and a last line of its own that counts.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePage, root, toolsDir } from './bootstrap.mjs';
import { packageProgram } from './packages.mjs';
import { Problem, run, say } from './processes.mjs';
import { findTools } from './tools.mjs';

const accountFile = join(toolsDir, 'test-account.json');

export async function test(node, args) {
  const pageProblem = await problemOf(ensurePage(node));
  const tools = await findTools();
  const env = { ...node.env, FURLONG_TEST_ACCOUNT: accountFile };
  for (const { variable, path } of tools) if (path) env[variable] = path;

  rmSync(accountFile, { force: true });
  const vitest = packageProgram('vitest', 'vitest');
  const reporters = ['--reporter=default', `--reporter=${join(root, 'scripts', 'account.mjs')}`];
  const code = await run(node.path, [vitest, 'run', ...reporters, ...args], {
    cwd: root,
    env,
    leashed: true,
  });

  const { passed, failed, notRun } = readAccount();
  const problems = pageProblem ? [pageProblem] : [];
  if (code !== 0 && failed === 0) problems.push(`vitest ended with ${code}; it says why above`);
  for (const problem of problems) say(problem);
  const named = args.some((arg) => arg === '-t' || arg.startsWith('--testNamePattern'));
  for (const line of [...missingTools(tools), ...explain(notRun, tools, named)]) {
    console.log(`not run: ${line}`);
  }
  console.log(`${passed} passed, ${failed + problems.length} failed`);
  return failed + problems.length === 0 ? 0 : 1;
}

async function problemOf(work) {
  try {
    await work;
  } catch (error) {
    if (error instanceof Problem) return error.message;
    throw error;
  }
}

/** Vitest leaves no account when it could not start or was interrupted. */
function readAccount() {
  if (!existsSync(accountFile)) return { passed: 0, failed: 0, notRun: [] };
  return JSON.parse(readFileSync(accountFile, 'utf8'));
}

function missingTools(tools) {
  return tools
    .filter(({ path, optional }) => !path && !optional)
    .map(({ name, why }) => `what needs ${name} - ${why}`);
}

/** One line for each test not run; those a name pattern left out were left out on purpose. */
function* explain(notRun, tools, named) {
  let leftOut = 0;
  for (const { file, name, todo, note } of notRun) {
    const tool = tools.find((each) => name.includes(`(needs ${each.name})`));
    if (tool?.optional) continue;
    if (named && !tool && !todo) leftOut += 1;
    else yield `${file}: ${name} - ${whyNot({ todo, note, tool })}`;
  }
  if (leftOut > 0) yield `${leftOut} tests outside the name pattern - run npm test without it`;
}

function whyNot({ todo, note, tool }) {
  if (tool?.path) return `${tool.name} was there, yet it was skipped; mend test/support/tools.ts`;
  if (tool) return `there is no ${tool.name}; do as its own line says`;
  if (note) return note;
  if (todo) return 'it is not written yet; write it';
  return 'it is skipped in its file, or a hook before it failed; mend that';
}
