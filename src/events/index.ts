import type { EventType, RecordedEvent } from '../engine/event.ts';
import { calendarEvents, calendarSentences } from './calendar.ts';
import { callLogEvents, callLogSentences } from './call-log.ts';
import { claimEvents, claimSentences } from './claim.ts';
import { competitorEvents, competitorSentences } from './competitor.ts';
import { complaintEvents, complaintSentences } from './complaint.ts';
import { contractEvents, contractSentences } from './contract.ts';
import { coveragePlanEvents, coveragePlanSentences } from './coverage-plan.ts';
import { customerEvents, customerSentences } from './customer.ts';
import { cycleEvents, cycleSentences } from './cycle.ts';
import { dailyReportEvents, dailyReportSentences } from './daily-report.ts';
import { dealerEvents, dealerSentences } from './dealer.ts';
import { documentEvents, documentSentences } from './document.ts';
import { evaluationEvents, evaluationSentences } from './evaluation.ts';
import { hypothesisEvents, hypothesisSentences } from './hypothesis.ts';
import { kpiEvents, kpiSentences } from './kpi.ts';
import { marketAssessmentEvents, marketAssessmentSentences } from './market-assessment.ts';
import { measureEvents, measureSentences } from './measure-definition.ts';
import { opportunityEvents, opportunitySentences } from './opportunity.ts';
import { orderEvents, orderSentences } from './order.ts';
import { organisationEvents, organisationSentences } from './organisation.ts';
import { personEvents, personSentences } from './person.ts';
import { pipelineEvents, pipelineSentences } from './pipeline.ts';
import { policyEvents, policySentences } from './policy.ts';
import { productEvents, productSentences } from './product.ts';
import { promotionEvents, promotionSentences } from './promotion.ts';
import { receivableEvents, receivableSentences } from './receivable.ts';
import { scorecardEvents, scorecardSentences } from './scorecard.ts';
import type { NameOf } from './sentence.ts';
import { simulationEvents, simulationSentences } from './simulation.ts';
import { targetEvents, targetSentences } from './target.ts';
import { targetPlanEvents, targetPlanSentences } from './target-plan.ts';
import { visitEvents, visitSentences } from './visit.ts';
import { visitPlanEvents, visitPlanSentences } from './visit-plan.ts';

/** Every event that the log may hold, by type. */
export const eventTypes: Readonly<Record<string, EventType>> = {
  ...calendarEvents,
  ...callLogEvents,
  ...claimEvents,
  ...competitorEvents,
  ...complaintEvents,
  ...contractEvents,
  ...coveragePlanEvents,
  ...customerEvents,
  ...cycleEvents,
  ...dailyReportEvents,
  ...dealerEvents,
  ...documentEvents,
  ...marketAssessmentEvents,
  ...measureEvents,
  ...evaluationEvents,
  ...hypothesisEvents,
  ...kpiEvents,
  ...opportunityEvents,
  ...orderEvents,
  ...organisationEvents,
  ...personEvents,
  ...pipelineEvents,
  ...policyEvents,
  ...productEvents,
  ...promotionEvents,
  ...receivableEvents,
  ...scorecardEvents,
  ...simulationEvents,
  ...targetEvents,
  ...targetPlanEvents,
  ...visitEvents,
  ...visitPlanEvents,
} as never;

type Tell = (data: unknown, nameOf: NameOf, stream: string) => string;

/** What each event says, by type. */
export const sentences: Readonly<Record<string, Tell>> = {
  ...calendarSentences,
  ...callLogSentences,
  ...claimSentences,
  ...competitorSentences,
  ...complaintSentences,
  ...contractSentences,
  ...coveragePlanSentences,
  ...customerSentences,
  ...cycleSentences,
  ...dailyReportSentences,
  ...dealerSentences,
  ...documentSentences,
  ...marketAssessmentSentences,
  ...measureSentences,
  ...evaluationSentences,
  ...hypothesisSentences,
  ...kpiSentences,
  ...opportunitySentences,
  ...orderSentences,
  ...organisationSentences,
  ...personSentences,
  ...pipelineSentences,
  ...policySentences,
  ...productSentences,
  ...promotionSentences,
  ...receivableSentences,
  ...scorecardSentences,
  ...simulationSentences,
  ...targetSentences,
  ...targetPlanSentences,
  ...visitSentences,
  ...visitPlanSentences,
} as never;

const plain = (type: string): string => {
  const text = type.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).trim();
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
};

type Told = Pick<RecordedEvent, 'type' | 'data' | 'stream'> & { readonly schemaVersion?: number };

/** What an event says, in a sentence; its type in words where the event is newer than this program. */
export function sentenceOf({ type, data, stream, schemaVersion }: Told, nameOf: NameOf): string {
  const known = eventTypes[type];
  if (!known) return plain(type);
  const version = schemaVersion ?? known.schemaVersion;
  const present = version < known.schemaVersion ? known.upcast(data as never, version) : data;
  return sentences[type]!(present, nameOf, stream).replace(/(?<!\.)\.\.$/, '.');
}
