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
});

mount(App, { target: document.body, props: { app } });
void app.start();
