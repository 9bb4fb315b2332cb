import { mount } from 'svelte';
import { DATABASE_NAME } from './store/change';
import { openStore } from './store/database';
import { TrainerClient } from './trainer/client';
import App from './view/App.svelte';
import { App as AppState } from './view/state/app.svelte';
import { inTurn } from './view/turns';
import './view/style/base.css';

const app = new AppState({
  client: new TrainerClient(),
  openStore: (callbacks) => openStore(DATABASE_NAME, callbacks),
  // The development server changes under the page, which must not keep anything then.
  serviceWorker: import.meta.env.PROD ? new URL('service-worker.js', document.baseURI) : null,
});

void app.start();
// A task of its own, behind that of the code: a slow processor takes long for each.
inTurn(() => {
  document.getElementById('before')?.remove();
  mount(App, { target: document.body, props: { app } });
});
