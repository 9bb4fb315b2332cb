/* The trainer's own worker, whose GPU can be taken away. */

import './destroyed-devices';
import '../../src/trainer/worker';
