/** Version and commit of the app, such as `0.1.0+1a2b3c4-dirty`; put in by Vite. */
declare const __BUILD__: string;
/** Names of the accuracy tables that ship with the page; put in by Vite. */
declare const __TABLES__: readonly string[];
/** In the service worker: files of the build that work without a network, and their SHA-256. */
declare const __FILES__: Readonly<Record<string, string>>;
/** The same of what is kept when it is first asked for. */
declare const __LATER__: Readonly<Record<string, string>>;
