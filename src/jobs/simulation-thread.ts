import { parentPort, workerData } from 'node:worker_threads';
import { simulation } from '../simulation/simulation.ts';

/** Simulates what its maker gave it: says how far it has come, and at last what came of it. */
const running = simulation(workerData);
for (let step = running.next(); ; step = running.next()) {
  if (step.done) {
    parentPort!.postMessage({ result: step.value });
    break;
  }
  parentPort!.postMessage({ progress: step.value });
}
