/** Version and commit of the app, such as `0.1.0+1a2b3c4-dirty`; put in by Vite. */
declare const __BUILD__: string;
