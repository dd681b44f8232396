#!/usr/bin/env node
// The command `furlong VERB`: makes sure of Node, dependencies and page, then becomes src/main.ts.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureDependencies, ensureNode, ensurePage, root } from './bootstrap.mjs';
import { entry, run } from './processes.mjs';

const VERBS_WITH_PAGE = new Set(['dev', 'serve', 'edge']);

const main = join(root, 'src', 'main.ts');

await entry(async () => {
  const args = process.argv.slice(2);
  const verb = args.find((arg) => !arg.startsWith('-'));
  const asksHelp = args.includes('--help') || args.includes('-h');

  const node = await ensureNode();
  await ensureDependencies(node);
  if (VERBS_WITH_PAGE.has(verb) && !asksHelp) await ensurePage(node);

  // One process is best: signals come straight to it. Under npm they come twice, so npm's child
  // must be a starter that passes on one.
  if (node.own && !process.env.npm_lifecycle_event) {
    process.argv[1] = main;
    await import(pathToFileURL(main).href);
    return process.exitCode;
  }
  // Before 22.19 or so, Node warns of type stripping at every start.
  return run(node.path, ['--disable-warning=ExperimentalWarning', main, ...args], {
    env: node.env,
    leashed: true,
  });
});
