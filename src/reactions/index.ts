import type { Reaction } from '../engine/reaction.ts';
import { collect } from '../engine/registry.ts';
import * as businessDay from './business-day.ts';
import * as coverage from './coverage.ts';
import * as evaluation from './evaluation.ts';
import * as simulation from './simulation.ts';

const modules = [businessDay, coverage, evaluation, simulation] as const;

/** Every reaction: to export one is to register it. */
export const reactions = collect('reaction', ...modules) as unknown as readonly Reaction[];
