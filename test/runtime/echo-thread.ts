// A thread for threads.test.ts: says what it was started with, answers what comes over its channel,
// and ends as it is told.
import { createLink } from '../../src/runtime/link.ts';
import { type ChannelEnd, channelOver, ownThread } from '../../src/runtime/threads.ts';

export interface EchoData {
  readonly greeting: string;
  readonly end: ChannelEnd;
}

const own = ownThread();
const { greeting, end } = own.data as EchoData; // threads.test.ts starts it, and with nothing else

createLink('main', channelOver(end), (request, respond) =>
  respond({ kind: 'rejected', rejection: request }),
);
own.onMessage((message) => {
  if (message === 'fail') throw new Error('told to fail');
  if (message === 'end') process.exit(0);
  own.post(message);
});
own.post(greeting);
