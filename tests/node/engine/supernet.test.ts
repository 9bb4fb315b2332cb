import { startBackend } from '../../support/backends';
import { engineSuite } from '../../support/engine-suite';

engineSuite('cpu', () => startBackend('cpu'));
engineSuite('wasm', () => startBackend('wasm'));
