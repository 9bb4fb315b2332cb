import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

export default {
  preprocess: vitePreprocess(),
  compilerOptions: {
    /**
     * Our components are in runes mode; a library's may still be in the older one.
     *
     * @param {{ filename: string }} file
     */
    runes: ({ filename }) => (filename.includes('node_modules') ? undefined : true),
  },
};
