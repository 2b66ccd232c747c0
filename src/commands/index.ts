import { collect } from '../engine/registry.ts';
import * as visitPlan from './visit-plan.ts';

/** Every command: to export one is to register it. */
export const commands = collect('command', visitPlan);
