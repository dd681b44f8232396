/** The long computations of betting, by name: pure, and each yields commands for its own actor. */
import type { JobTable } from '../runtime/actor.ts';

export const JOBS: JobTable = {};
