// Loaded into a child before its own code: a child whose starter was killed outright, with no
// chance to pass the signal on, dies the same way instead of staying behind with the ports open.
import { isMainThread } from 'node:worker_threads';

if (isMainThread && process.channel) {
  process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  process.channel.unref();
}
