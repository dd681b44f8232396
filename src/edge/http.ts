/**
 * What the edge answers to plain HTTP: its page and its health. Every answer is given within the
 * handler, so no response is ever touched after its client has gone.
 */
import { loadPage, type Page, type PageFile } from './page.ts';
import type { App, Request, Response } from './uws.ts';

export interface Health {
  readonly status: 'up' | 'stale';
  /** Epoch milliseconds; what is shown is as old as this, or older. */
  readonly staleSince?: number;
}

const noPage = 'the page has not been built: run `npm run web`, then load this again\n';

export function serveHttp(app: App, options: { pageDir: string; health: () => Health }): void {
  const { pageDir, health } = options;
  let page: Page | undefined = loadPage(pageDir);

  app.get('/healthz', (response) => {
    response.writeHeader('content-type', 'application/json; charset=utf-8');
    response.writeHeader('cache-control', 'no-store').end(JSON.stringify(health()));
  });
  for (const method of ['get', 'head'] as const) {
    app[method]('/*', (response, request) => {
      // It may have been built since.
      page ??= built(pageDir);
      if (!page) return sendText(response, '503 Service Unavailable', noPage);
      const file = page.get(request.getUrl());
      if (!file) return sendText(response, '404 Not Found', 'there is nothing here\n');
      sendFile(response, request, file);
    });
  }
  app.any('/*', (response) => {
    response.writeStatus('405 Method Not Allowed').writeHeader('allow', 'GET, HEAD');
    response.end('only GET and HEAD\n');
  });
}

/** The page, if it is there by now; half a build is not. */
function built(pageDir: string): Page | undefined {
  try {
    return loadPage(pageDir);
  } catch {
    return undefined;
  }
}

export function sendText(response: Response, status: string, text: string): void {
  response.writeStatus(status).writeHeader('content-type', 'text/plain; charset=utf-8');
  response.writeHeader('cache-control', 'no-store').end(text);
}

function sendFile(response: Response, request: Request, file: PageFile): void {
  const isKnown = request.getHeader('if-none-match') === file.etag;
  response.writeStatus(isKnown ? '304 Not Modified' : '200 OK');
  response.writeHeader('content-type', file.contentType);
  response.writeHeader('cache-control', file.cacheControl);
  response.writeHeader('etag', file.etag);
  response.writeHeader('x-content-type-options', 'nosniff');
  if (!isKnown && request.getMethod() !== 'head') return void response.end(file.body);
  // The length goes by hand: as an argument of `endWithoutBody` the library takes the answer for
  // unfinished, and ends the process.
  if (!isKnown) response.writeHeader('content-length', String(file.body.length));
  response.endWithoutBody();
}
