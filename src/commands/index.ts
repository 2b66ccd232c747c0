import { collect } from '../engine/registry.ts';
import * as calendarDays from './calendar/days.ts';
import * as calendarPeriods from './calendar/periods.ts';
import * as callLog from './call-log.ts';
import * as competitor from './competitor.ts';
import * as complaint from './complaint.ts';
import * as contract from './contract.ts';
import * as coveragePlan from './coverage-plan.ts';
import * as customerContact from './customer/contact.ts';
import * as customerErasure from './customer/erasure.ts';
import * as customerKnowledge from './customer/knowledge.ts';
import * as customerLifecycle from './customer/lifecycle.ts';
import * as customerOutlet from './customer/outlet.ts';
import * as customerOwnership from './customer/ownership.ts';
import * as customerRegistration from './customer/registration.ts';
import * as cycle from './cycle.ts';
import * as dailyReportClock from './daily-report/clock.ts';
import * as dailyReport from './daily-report/report.ts';
import * as dealer from './dealer.ts';
import * as document from './document/sign-off.ts';
import * as evaluation from './evaluation.ts';
import * as hypothesis from './hypothesis.ts';
import * as kpi from './kpi.ts';
import * as marketAssessment from './market-assessment.ts';
import * as measure from './measure.ts';
import * as opportunityClosing from './opportunity/closing.ts';
import * as opportunityImporting from './opportunity/importing.ts';
import * as opportunityOffer from './opportunity/offer.ts';
import * as opportunityOpening from './opportunity/opening.ts';
import * as opportunityOwnership from './opportunity/ownership.ts';
import * as opportunityProgress from './opportunity/progress.ts';
import * as opportunityRevision from './opportunity/revision.ts';
import * as orderCredit from './order/credit.ts';
import * as orderFulfilment from './order/fulfilment.ts';
import * as orderTaking from './order/taking.ts';
import * as organisationCatalogues from './organisation/catalogues.ts';
import * as organisationEmployment from './organisation/employment.ts';
import * as organisationPositions from './organisation/positions.ts';
import * as organisationRights from './organisation/rights.ts';
import * as organisationUnits from './organisation/units.ts';
import * as person from './person.ts';
import * as pipeline from './pipeline.ts';
import * as policy from './policy.ts';
import * as product from './product.ts';
import * as promotion from './promotion.ts';
import * as receivablePayment from './receivable/payment.ts';
import * as receivableRecovery from './receivable/recovery.ts';
import * as scorecard from './scorecard.ts';
import * as simulationBacktest from './simulation/backtest.ts';
import * as simulation from './simulation/definition.ts';
import * as simulationHistory from './simulation/history.ts';
import * as simulationReallocation from './simulation/reallocation.ts';
import * as simulationRunning from './simulation/running.ts';
import * as target from './target/assignment.ts';
import * as targetBreakdown from './target/breakdown.ts';
import * as targetDiscussion from './target/discussion.ts';
import * as targetExecution from './target/execution.ts';
import * as targetFeasibility from './target/feasibility.ts';
import * as targetRevision from './target/revision.ts';
import * as targetPlanAssignment from './target-plan/assignment.ts';
import * as targetPlan from './target-plan/plan.ts';
import * as targetPublishing from './target-plan/publishing.ts';
import * as visit from './visit/check-in.ts';
import * as visitResults from './visit/results.ts';
import * as visitReview from './visit/review.ts';
import * as visitPlanClock from './visit-plan/clock.ts';
import * as visitPlan from './visit-plan/plan.ts';

/** Every command: to export one is to register it. */
export const commands = collect(
  'command',
  calendarDays,
  calendarPeriods,
  organisationCatalogues,
  organisationEmployment,
  organisationPositions,
  organisationRights,
  organisationUnits,
  person,
  policy,
  document,
  dailyReportClock,
  dailyReport,
  visitReview,
  visitResults,
  visit,
  callLog,
  visitPlan,
  visitPlanClock,
  competitor,
  product,
  complaint,
  contract,
  coveragePlan,
  customerContact,
  customerErasure,
  customerKnowledge,
  customerLifecycle,
  customerOutlet,
  customerOwnership,
  customerRegistration,
  cycle,
  marketAssessment,
  measure,
  promotion,
  dealer,
  pipeline,
  opportunityOpening,
  opportunityRevision,
  opportunityProgress,
  opportunityOffer,
  opportunityClosing,
  opportunityOwnership,
  opportunityImporting,
  orderCredit,
  orderFulfilment,
  orderTaking,
  receivablePayment,
  receivableRecovery,
  hypothesis,
  kpi,
  evaluation,
  scorecard,
  simulation,
  simulationHistory,
  simulationRunning,
  simulationBacktest,
  simulationReallocation,
  target,
  targetBreakdown,
  targetDiscussion,
  targetExecution,
  targetFeasibility,
  targetRevision,
  targetPublishing,
  targetPlan,
  targetPlanAssignment,
);
