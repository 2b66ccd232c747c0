import type { AnyDecider } from '../engine/decision.ts';
import { collect } from '../engine/registry.ts';
import * as calendar from './calendar/state.ts';
import * as callLog from './call-log.ts';
import * as claim from './claim.ts';
import * as competitor from './competitor.ts';
import * as complaint from './complaint.ts';
import * as contract from './contract.ts';
import * as customer from './customer/state.ts';
import * as cycle from './cycle.ts';
import * as dailyReport from './daily-report/state.ts';
import * as dealer from './dealer.ts';
import * as evaluation from './evaluation.ts';
import * as kpi from './kpi.ts';
import * as marketAssessment from './market-assessment.ts';
import * as measure from './measure.ts';
import * as opportunity from './opportunity/state.ts';
import * as order from './order/state.ts';
import * as organisation from './organisation/state.ts';
import * as person from './person.ts';
import * as pipeline from './pipeline.ts';
import * as policy from './policy.ts';
import * as product from './product.ts';
import * as promotion from './promotion.ts';
import * as receivable from './receivable/state.ts';
import * as scorecard from './scorecard.ts';
import * as target from './target/state.ts';
import * as targetPlan from './target-plan/state.ts';
import * as visit from './visit/state.ts';
import * as visitPlan from './visit-plan/state.ts';

/** The decider of every kind of stream, by its noun. */
export const deciders: ReadonlyMap<string, AnyDecider> = new Map(
  (
    collect(
      'decider',
      calendar,
      callLog,
      claim,
      competitor,
      complaint,
      contract,
      customer,
      cycle,
      dailyReport,
      marketAssessment,
      measure,
      dealer,
      evaluation,
      kpi,
      opportunity,
      order,
      organisation,
      person,
      pipeline,
      policy,
      product,
      promotion,
      receivable,
      scorecard,
      target,
      targetPlan,
      visit,
      visitPlan,
    ) as readonly AnyDecider[]
  ).map((decider) => [decider.noun, decider]),
);
