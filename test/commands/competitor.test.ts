import { describe, test } from 'vitest';
import { claim } from '../../src/commands/claim.ts';
import { registerCompetitor, renameCompetitor } from '../../src/commands/competitor.ts';
import { claimEvents } from '../../src/events/claim.ts';
import { competitorEvents } from '../../src/events/competitor.ts';
import { competitorId, rival } from '../support/commerce.ts';
import { given, idOf, keyOf } from '../support/given.ts';

const { Claimed, Released } = claimEvents;
const key = keyOf('competitor-name', 'Rival');
const held = (name: string, holder: string) =>
  Claimed({ kind: 'competitor-name', key: keyOf('competitor-name', name), holder });

describe('RegisterCompetitor', () => {
  test('registers a competitor under a name of its own', () => {
    given()
      .when(registerCompetitor, { competitorId, name: 'Rival' })
      .thenEmits(rival, held('Rival', competitorId));
  });
  test('says nothing twice', () => {
    given(rival).when(registerCompetitor, { competitorId, name: 'rival' }).thenNothing();
  });
  test('refuses a name that another competitor has', () => {
    given()
      .and(claim.ref('competitor-name', key), held('Rival', idOf('other')))
      .when(registerCompetitor, { competitorId, name: ' RIVAL' })
      .thenRejects('competitorKnown');
  });
  test('refuses an id that another competitor has', () => {
    given(rival).when(registerCompetitor, { competitorId, name: 'Other' }).thenRejects('competitorKnown');
  });
});

describe('RenameCompetitor', () => {
  test('gives up the former name', () => {
    given(rival)
      .when(renameCompetitor, { competitorId, name: 'Foe' })
      .thenEmits(
        competitorEvents.CompetitorRenamed({
          competitorId,
          name: 'Foe',
          nameKey: keyOf('competitor-name', 'Foe'),
        }),
        Released({ kind: 'competitor-name', key, holder: competitorId }),
        held('Foe', competitorId),
      );
  });
  test('says nothing when the name stays', () => {
    given(rival).when(renameCompetitor, { competitorId, name: 'Rival' }).thenNothing();
  });
  test('refuses a competitor that was never registered', () => {
    given().when(renameCompetitor, { competitorId, name: 'Foe' }).thenRejects('competitorUnknown');
  });
  test('refuses a name that another competitor has', () => {
    given(rival)
      .and(claim.ref('competitor-name', keyOf('competitor-name', 'Foe')), held('Foe', idOf('other')))
      .when(renameCompetitor, { competitorId, name: 'Foe' })
      .thenRejects('competitorKnown');
  });
});
