import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** While the console is being worked on: where a Havre runs that answers it. */
const SERVER = 'http://127.0.0.1:5000';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    // A picture in the text of a style would need `data:`, and is not kept by browsers by itself.
    assetsInlineLimit: 0,
    // Vite's own line in each page that preloads modules is a script in the page, which the policy forbids.
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { proxy: { '/api': SERVER, '/cloud': SERVER } },
});
