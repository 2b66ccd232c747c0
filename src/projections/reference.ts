import { sql } from 'kysely';
import type { Asker } from '../engine/query.ts';
import type { Question } from '../engine/reader.ts';
import type { PipelineStage } from '../events/pipeline.ts';
import { competitor } from './competitor.ts';
import { customer } from './customer.ts';
import { person } from './person.ts';
import { pipeline } from './pipeline.ts';
import { type AnyDb, rowsOf } from './rows-of.ts';
import { isVisible } from './visible.ts';

/** What a file calls customers, people and competitors. */
export interface Called {
  readonly customers: readonly string[];
  readonly people: readonly string[];
  readonly competitors: readonly string[];
}

interface Meant {
  readonly kind: 'customer' | 'person' | 'competitor';
  readonly text: string;
  readonly id: string;
  /** Whose it is, where that limits who may see it. */
  readonly belongsTo: string | null;
}

export interface Referred {
  readonly meant: readonly Meant[];
  readonly pipelines: readonly {
    readonly pipelineId: string;
    readonly name: string;
    readonly stages: readonly PipelineStage[];
  }[];
}

const meantBy = (db: AnyDb, { customers, people, competitors }: Called) =>
  rowsOf(
    db,
    sql<Meant>`
      select 'customer' as kind, text, "customerId" as id, "ownerId" as "belongsTo"
      from customer, unnest(array[name, "taxId"]) as text where text = any(${customers}::text[])
      union select 'person', text, "personId", "personId"
      from person, unnest(array["employeeNo", email]) as text where text = any(${people}::text[])
      union select 'competitor', name, "competitorId", null
      from competitor where name = any(${competitors}::text[])`,
  );

/** The things that texts of a file stand for, as far as the reader sees them, and the pipelines that take opportunities. */
export const references: Question = {
  reads: [customer, person, competitor, pipeline],
  versions: [],
  answer: async (db, input, asker): Promise<Referred> => {
    const meant = await meantBy(db as AnyDb, input as unknown as Called);
    const pipelines = await (db as AnyDb)
      .selectFrom('pipeline')
      .select(['pipelineId', 'name', 'versions'])
      .where('state', '=', 'published')
      .execute();
    const isSeen = ({ kind, belongsTo }: Meant): boolean =>
      isVisible(kind === 'person' ? ofPeople(asker) : asker, belongsTo, asker.today);
    return {
      meant: meant.filter(isSeen),
      pipelines: pipelines.map(({ pipelineId, name, versions }) => ({
        pipelineId,
        name,
        stages: versions.at(-1).stages,
      })),
    };
  },
};

const ofPeople = (asker: Asker): Pick<Asker, 'visibility'> => ({
  visibility: asker.visibilityBy('person:read') ?? { intervals: [] },
});
