/**
 * The page's files, held in memory. A path is a name looked up among those found in the directory
 * at start, so no path leads out of it.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';

/** A built page is a few files and well under a megabyte: more is the wrong directory. */
const PAGE_FILES_MAX = 256;
const PAGE_BYTES_MAX = 32 * 1024 * 1024;

export interface PageFile {
  readonly body: Uint8Array;
  readonly contentType: string;
  readonly cacheControl: string;
  readonly etag: string;
}

export type Page = ReadonlyMap<string, PageFile>;

const contentTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};

/**
 * @returns Files by URL path, `/` being `index.html`; `undefined` when there is no page to serve.
 * @throws Error when the directory is too large to be a page.
 */
export function loadPage(directory: string): Page | undefined {
  const page = new Map<string, PageFile>();
  let sizeBytes = 0;
  for (const path of filesIn(directory)) {
    const body = readFileSync(path);
    sizeBytes += body.length;
    if (page.size >= PAGE_FILES_MAX || sizeBytes > PAGE_BYTES_MAX) {
      throw new Error(
        `${directory} is no page: more than ${PAGE_FILES_MAX} files or ${PAGE_BYTES_MAX} bytes`,
      );
    }
    const url = `/${relative(directory, path).split(sep).join('/')}`;
    page.set(url, fileOf(url, body));
  }
  const index = page.get('/index.html');
  return index && page.set('/', index);
}

function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw cause;
  }
}

function fileOf(url: string, body: Uint8Array): PageFile {
  // Vite puts a hash of the content into the names under assets: such a file never changes.
  const hashed = /^\/assets\/.+-[\w-]{8,}\.\w+$/.test(url);
  return {
    body,
    contentType: contentTypes[extname(url).toLowerCase()] ?? 'application/octet-stream',
    cacheControl: hashed ? 'public, max-age=31536000, immutable' : 'no-cache',
    etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
  };
}
