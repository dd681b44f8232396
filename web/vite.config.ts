// How the page is built, and served while one works on it: beside a Furlong on its usual port.
import { defineConfig } from 'vite';

/** Where `furlong dev` listens; only the development server asks. */
const EDGE = 'ws://127.0.0.1:8080';

export default defineConfig({
  base: '/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // What the CSS and the SDK need anyway: nesting, :has and modules.
    target: ['chrome120', 'firefox121', 'safari17.2'],
    // The page may be served under a policy without inline scripts or data: addresses.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  server: { proxy: { '/connection': { target: EDGE, ws: true } } },
});
