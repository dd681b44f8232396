// A vitest reporter that leaves an account of the run in the file FURLONG_TEST_ACCOUNT names:
// what passed, everything that failed wherever it did, and each test that was not run.
import { writeFileSync } from 'node:fs';

// biome-ignore lint/style/noDefaultExport: vitest takes a reporter in no other way
export default function Account() {
  return {
    onTestRunEnd(modules, unhandledErrors) {
      let passed = 0;
      let failed = unhandledErrors.length;
      const notRun = [];
      for (const module of modules) {
        // A module that did not load, or a suite whose hook threw, has errors but no failed test.
        const suites = [module, ...module.children.allSuites()];
        failed += suites.filter((suite) => suite.errors().length > 0).length;
        for (const test of module.children.allTests()) {
          const { state, note } = test.result();
          if (state === 'passed') passed += 1;
          else if (state === 'failed') failed += 1;
          else {
            const todo = test.options.mode === 'todo';
            notRun.push({ file: module.relativeModuleId, name: test.fullName, todo, note });
          }
        }
      }
      writeFileSync(process.env.FURLONG_TEST_ACCOUNT, JSON.stringify({ passed, failed, notRun }));
    },
  };
}
