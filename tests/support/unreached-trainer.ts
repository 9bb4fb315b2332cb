/* The trainer's own worker, whose server can be taken away. */

import './unreachable-server';
import '../../src/trainer/worker';
