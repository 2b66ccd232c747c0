import type { ReadModel } from '../engine/read-model.ts';
import { collect } from '../engine/registry.ts';
import * as plannedVisit from './planned-visit.ts';

const modules = [plannedVisit] as const;

/** Every read model: to export one is to register it. */
export const readModels = collect('read-model', ...modules) as unknown as readonly ReadModel[];
/** Every query: to export one is to register it. */
export const queries = collect('query', ...modules);
