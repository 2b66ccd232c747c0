import type { ReadModel } from '../engine/read-model.ts';
import { collect } from '../engine/registry.ts';
import * as absence from './absence.ts';
import * as access from './access.ts';
import * as assessmentFigures from './assessment-figures.ts';
import * as assignment from './assignment.ts';
import * as audit from './audit.ts';
import * as call from './call.ts';
import * as channel from './channel.ts';
import * as competitor from './competitor.ts';
import * as competitorObservation from './competitor-observation.ts';
import * as complaint from './complaint.ts';
import * as complaintFact from './complaint-fact.ts';
import * as complaintOutcome from './complaint-outcome.ts';
import * as contact from './contact.ts';
import * as contract from './contract.ts';
import * as contractFact from './contract-fact.ts';
import * as coverage from './coverage.ts';
import * as coverageGap from './coverage-gap.ts';
import * as coveragePlan from './coverage-plan.ts';
import * as customer from './customer.ts';
import * as customerClock from './customer-clock.ts';
import * as customerFact from './customer-fact.ts';
import * as customerFeedback from './customer-feedback.ts';
import * as customerOwner from './customer-owner.ts';
import * as customerRung from './customer-rung.ts';
import * as dailyReport from './daily-report.ts';
import * as dayFigures from './day-figures.ts';
import * as daySheet from './day-sheet.ts';
import * as deadline from './deadline.ts';
import * as dealer from './dealer.ts';
import * as delegation from './delegation.ts';
import * as documentVersion from './document-version.ts';
import * as evaluation from './evaluation.ts';
import * as exchangeRate from './exchange-rate.ts';
import * as fact from './fact.ts';
import * as factDay from './fact-day.ts';
import * as factMonth from './fact-month.ts';
import * as fiscalPeriod from './fiscal-period.ts';
import * as holiday from './holiday.ts';
import * as hypothesis from './hypothesis.ts';
import * as hypothesisEvidence from './hypothesis-evidence.ts';
import * as idleOpportunities from './idle-opportunities.ts';
import * as kpi from './kpi.ts';
import * as kpiComparison from './kpi-comparison.ts';
import * as kpiDefinition from './kpi-definition.ts';
import * as kpiEvidence from './kpi-evidence.ts';
import * as marketAssessment from './market-assessment.ts';
import * as measure from './measure.ts';
import * as milestoneReached from './milestone-reached.ts';
import * as milestoneStatistics from './milestone-statistics.ts';
import * as offer from './offer.ts';
import * as opportunity from './opportunity.ts';
import * as opportunityClock from './opportunity-clock.ts';
import * as opportunityStanding from './opportunity-standing.ts';
import * as opportunityTouch from './opportunity-touch.ts';
import * as order from './order.ts';
import * as orderLine from './order-line.ts';
import * as orderStep from './order-step.ts';
import * as orgChart from './org-chart.ts';
import * as orgUnit from './org-unit.ts';
import * as orgUnitHead from './org-unit-head.ts';
import * as orgUnitParent from './org-unit-parent.ts';
import * as organisation from './organisation.ts';
import * as outdatedEvaluation from './outdated-evaluation.ts';
import * as outlet from './outlet.ts';
import * as payment from './payment.ts';
import * as person from './person.ts';
import * as pipeline from './pipeline.ts';
import * as pipelineBoard from './pipeline-board.ts';
import * as pipelineHorizon from './pipeline-horizon.ts';
import * as pipelineMonth from './pipeline-month.ts';
import * as pipelineMovement from './pipeline-movement.ts';
import * as pipelineRates from './pipeline-rates.ts';
import * as pipelineStage from './pipeline-stage.ts';
import * as pipelineWaterfall from './pipeline-waterfall.ts';
import * as planFact from './plan-fact.ts';
import * as plannedVisit from './planned-visit.ts';
import * as planningCycle from './planning-cycle.ts';
import * as policyAcknowledgement from './policy-acknowledgement.ts';
import * as policyVersion from './policy-version.ts';
import * as priceComparison from './price-comparison.ts';
import * as product from './product.ts';
import * as productCost from './product-cost.ts';
import * as productPrice from './product-price.ts';
import * as promotion from './promotion.ts';
import * as promotionResponse from './promotion-response.ts';
import * as promotionSpend from './promotion-spend.ts';
import * as receivable from './receivable.ts';
import * as receivableEntry from './receivable-entry.ts';
import * as region from './region.ts';
import * as reportFact from './report-fact.ts';
import * as reportObligation from './report-obligation.ts';
import * as reportReview from './report-review.ts';
import * as restatement from './restatement.ts';
import * as results from './results.ts';
import * as reviewFact from './review-fact.ts';
import * as roleGrant from './role-grant.ts';
import * as scorecard from './scorecard.ts';
import * as signOff from './sign-off.ts';
import * as signerQueue from './signer-queue.ts';
import * as simulation from './simulation.ts';
import * as simulationBasis from './simulation-basis.ts';
import * as slippage from './slippage.ts';
import * as splitWeights from './split-weights.ts';
import * as stageInterval from './stage-interval.ts';
import * as stageStatistics from './stage-statistics.ts';
import * as target from './target.ts';
import * as targetEvidence from './target-evidence.ts';
import * as targetOutlook from './target-outlook.ts';
import * as targetPath from './target-path.ts';
import * as targetPlan from './target-plan.ts';
import * as targetProgress from './target-progress.ts';
import * as targetTree from './target-tree.ts';
import * as teamDay from './team-day.ts';
import * as timeline from './timeline.ts';
import * as unitMonth from './unit-month.ts';
import * as unitWeek from './unit-week.ts';
import * as visit from './visit.ts';
import * as visitFact from './visit-fact.ts';
import * as visitFrequency from './visit-frequency.ts';
import * as visitPlan from './visit-plan.ts';
import * as workingWeek from './working-week.ts';

const modules = [
  audit,
  documentVersion,
  visitFact,
  visitFrequency,
  targetProgress,
  targetTree,
  results,
  reportFact,
  reportReview,
  planFact,
  hypothesis,
  hypothesisEvidence,
  kpi,
  kpiComparison,
  kpiDefinition,
  kpiEvidence,
  factDay,
  factMonth,
  fact,
  dayFigures,
  customerFact,
  visitPlan,
  visit,
  timeline,
  signerQueue,
  signOff,
  reportObligation,
  deadline,
  daySheet,
  dailyReport,
  competitorObservation,
  call,
  absence,
  access,
  assignment,
  channel,
  delegation,
  exchangeRate,
  fiscalPeriod,
  holiday,
  orgChart,
  orgUnit,
  orgUnitHead,
  orgUnitParent,
  organisation,
  person,
  policyAcknowledgement,
  policyVersion,
  region,
  reviewFact,
  roleGrant,
  workingWeek,
  plannedVisit,
  competitor,
  complaint,
  complaintFact,
  complaintOutcome,
  contact,
  contract,
  contractFact,
  coverage,
  coverageGap,
  coveragePlan,
  customer,
  customerClock,
  customerFeedback,
  customerOwner,
  customerRung,
  marketAssessment,
  measure,
  dealer,
  order,
  orderLine,
  orderStep,
  outlet,
  payment,
  planningCycle,
  priceComparison,
  product,
  productCost,
  productPrice,
  promotion,
  promotionResponse,
  promotionSpend,
  receivable,
  receivableEntry,
  simulation,
  simulationBasis,
  splitWeights,
  assessmentFigures,
  evaluation,
  outdatedEvaluation,
  restatement,
  scorecard,
  target,
  targetEvidence,
  targetOutlook,
  targetPath,
  targetPlan,
  teamDay,
  unitMonth,
  unitWeek,
  idleOpportunities,
  milestoneReached,
  milestoneStatistics,
  offer,
  opportunity,
  opportunityStanding,
  opportunityClock,
  opportunityTouch,
  pipeline,
  pipelineBoard,
  pipelineHorizon,
  pipelineMonth,
  pipelineMovement,
  pipelineRates,
  pipelineStage,
  pipelineWaterfall,
  slippage,
  stageInterval,
  stageStatistics,
] as const;

/** Every read model: to export one is to register it. */
export const readModels = collect('read-model', ...modules) as unknown as readonly ReadModel[];
/** Every query: to export one is to register it. */
export const queries = collect('query', ...modules);
