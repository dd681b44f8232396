// A WebSocket client that can stop reading, so that what it is sent piles up.
import { connect } from 'node:net';
import { onTestFinished } from 'vitest';
import { createQueue, type Queue } from './queue.ts';

export interface Reader {
  readonly lines: Queue<string>;
  say(line: string): void;
  pause(): void;
  resume(): void;
}

export async function openReader(port: number): Promise<Reader> {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => {
    socket.destroy();
  });
  const lines = createQueue<string>();
  let received = Buffer.alloc(0);
  const upgraded = new Promise<void>((resolve) => {
    socket.once('data', (head) => {
      received = Buffer.from(head.subarray(head.indexOf('\r\n\r\n') + 4));
      socket.on('data', (chunk) => {
        received = Buffer.concat([received, chunk]);
        take();
      });
      resolve();
    });
  });

  /** Server frames are whole and unmasked (RFC 6455, 5.2). */
  function take(): void {
    for (;;) {
      if (received.length < 4) return;
      const short = received.readUInt8(1) & 127;
      const start = short === 127 ? 10 : short === 126 ? 4 : 2;
      if (received.length < start) return;
      const length =
        short === 127
          ? Number(received.readBigUInt64BE(2))
          : short === 126
            ? received.readUInt16BE(2)
            : short;
      if (received.length < start + length) return;
      const isText = (received.readUInt8(0) & 15) === 1;
      const text = received.subarray(start, start + length).toString();
      received = received.subarray(start + length);
      if (isText) for (const line of text.split('\n')) lines.push(line);
    }
  }

  socket.write(
    'GET /connection/websocket HTTP/1.1\r\nhost: localhost\r\nconnection: Upgrade\r\nupgrade: websocket\r\n' +
      'sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  await upgraded;
  return {
    lines,
    say(line) {
      const payload = Buffer.from(line);
      // A mask of zeros leaves the payload as it is; lines here are longer than 125 bytes never.
      socket.write(
        Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload]),
      );
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
  };
}
