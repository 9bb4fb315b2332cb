import { mount } from 'svelte';
import { DATABASE_NAME } from './store/change';
import { openStore } from './store/database';
import { TrainerClient } from './trainer/client';
import App from './view/App.svelte';
import { App as AppState } from './view/state/app.svelte';
import './view/style/base.css';

const app = new AppState({
  client: new TrainerClient(),
  openStore: (callbacks) => openStore(DATABASE_NAME, callbacks),
  // The development server changes under the page, which must not keep anything then.
  serviceWorker: import.meta.env.PROD ? new URL('service-worker.js', document.baseURI) : null,
});

mount(App, { target: document.body, props: { app } });
void app.start();
