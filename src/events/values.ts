import { z } from 'zod';
import { isStorable, notStorable } from '../engine/input.ts';

const textOf = (max: number) => z.string().max(max).refine(isStorable, notStorable);

/** A short text on one line: names, titles, codes. */
export const Line = textOf(200).trim().min(1);
/** A text of some sentences. */
export const Prose = textOf(10_000);
export const Comment = textOf(4_000).trim().min(1);

/** An id, always in lower case: the database answers it so. */
const id = (what: string) => z.uuid().toLowerCase().meta({ description: what });

export const PersonId = id('A person.');
export const PositionId = id('A position in the organisation.');
export const UnitId = id('A unit of the organisation.');
export const RegionId = id('A sales region.');
export const ChannelId = id('A sales channel.');
export const CustomerId = id('A customer: an end customer, an outlet, a dealer or a key account.');
export const ContactId = id('A person at a customer.');
export const CompetitorId = id('A competitor.');
export const ProductId = id('A product.');
export const ProductGroupId = id('A group of products.');
export const OrderId = id('An order.');
export const ReturnId = id('A return of goods.');
export const ServiceId = id('A service after a delivery.');
export const DealerId = id('The appointment of a customer as a dealer.');
export const ContractId = id('A contract with a customer.');
export const InvoiceId = id('An invoice, and the receivable that it makes.');
export const WriteOffId = id('A write-off of what an invoice leaves open.');
export const PaymentId = id('A payment.');
export const VisitId = id('A visit.');
export const ComplaintId = id('A complaint.');
export const TargetId = id('A target.');
export const CycleId = id('A planning cycle.');
export const AssessmentId = id('An assessment of a market.');
export const PromotionId = id('A promotion.');
export const SpendId = id('What was spent on a promotion at one time.');
export const TargetPlanId = id('A target plan.');
export const GapId = id('A gap in the pipeline.');
export const SimulationId = id('A simulation.');
export const HypothesisId = id('A rule of thumb.');
export const OpportunityId = id('An opportunity.');
export const PipelineId = id('A sales pipeline.');
export const OfferId = id('An offer.');
export const DelegationId = id('A delegation.');
export const AbsenceId = id('An absence.');
export const CallId = id('A call.');
export const ScorecardId = id('A scorecard.');

const isLeap = (year: number) => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Whether YYYY-MM-DD is a day of 1900 to 2200: asked for every date that comes in, so without parsing it. */
function isDay(text: string): boolean {
  const [year, month, day] = [Number(text.slice(0, 4)), Number(text.slice(5, 7)), Number(text.slice(8, 10))];
  const days = month === 2 && isLeap(year) ? 29 : (monthDays[month - 1] ?? 0);
  return year >= 1900 && year <= 2200 && day >= 1 && day <= days;
}

/** A business day in the tenant's time zone. */
export const LocalDate = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/)
  .refine(isDay, 'There is no such day between 1900 and 2200.')
  .meta({
    id: 'LocalDate',
    description: 'A business day in the tenant’s time zone, YYYY-MM-DD.',
    format: 'date',
    column: 'date',
  });

/** A time of day in the tenant's time zone. */
export const LocalTime = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/)
  .meta({ id: 'LocalTime', description: 'A time of day in the tenant’s time zone, HH:mm.' });

const instantPattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-](0\d|1[0-4]):[0-5]\d)$/;

/** An instant; kept in UTC with milliseconds. */
export const Instant = z
  .string()
  .regex(instantPattern, 'An instant is RFC 3339 with an offset, such as 2026-03-02T08:30:00Z.')
  .transform((text, context) => {
    try {
      const instant = Temporal.Instant.from(text);
      const { year } = instant.toZonedDateTimeISO('UTC');
      if (year >= 1900 && year <= 2200)
        return instant.toString({ smallestUnit: 'millisecond', roundingMode: 'trunc' });
    } catch {}
    context.addIssue({ code: 'custom', message: 'There is no such instant between 1900 and 2200.' });
    return z.NEVER;
  })
  .meta({
    id: 'Instant',
    description: 'An instant, RFC 3339 with offset; answered in UTC.',
    format: 'date-time',
    column: 'timestamptz',
  });

const int64 = (text: string) => {
  const value = BigInt(text);
  return value >= -(2n ** 63n) && value < 2n ** 63n;
};

const wholeNumber = z.string().regex(/^(0|-?[1-9]\d{0,18})$/, { abort: true });

/** An integer of up to 64 bits as a decimal string. */
export const Int64 = wholeNumber.refine(int64, 'The number passes 64 bits.');

export const Currency = z
  .string()
  .regex(/^[A-Z]{3}$/)
  .meta({ id: 'Currency', description: 'A currency, ISO 4217.' });

/** The most minor units that an amount may have: sums over hundreds of them stay within 64 bits. */
export const amountMax = 10n ** 16n;
const isAmount = (text: string) => {
  const value = BigInt(text);
  return value <= amountMax && value >= -amountMax;
};
const minorUnits = wholeNumber
  .refine(isAmount, 'The amount passes 10^16 minor units.')
  .describe('Minor units, such as cents.');

/** An amount of money: an integer of minor units as a string, since JSON numbers are exact only to 2^53. */
export const Money = z
  .strictObject({ amountMinor: minorUnits, currency: Currency })
  .meta({ id: 'Money', description: 'An exact amount: minor units as a decimal string, and the currency.' });
export type Money = z.output<typeof Money>;

/** An amount that cannot be below zero. */
export const Amount = Money.refine(({ amountMinor }) => !amountMinor.startsWith('-'), {
  message: 'The amount may not be negative.',
  path: ['amountMinor'],
});

export const Count = z.int().min(0).max(2_147_483_647);
/** Integer basis points: 10 000 are 100 %. */
export const BasisPoints = z.int().min(0).max(10_000).describe('Basis points: 10 000 are 100 %.');

/** A position in the tenant's log. */
export const Position = z.int().min(0).max(Number.MAX_SAFE_INTEGER).describe('A position in the log.');

export const Geo = z
  .strictObject({
    latE7: z.int().min(-900_000_000).max(900_000_000).describe('Latitude in 10⁻⁷ degrees.'),
    lonE7: z.int().min(-1_800_000_000).max(1_800_000_000).describe('Longitude in 10⁻⁷ degrees.'),
    accuracyM: z.int().min(0).max(100_000).describe('Accuracy in metres.'),
    source: z.enum(['gps', 'network', 'manual']),
  })
  .meta({ id: 'Geo', description: 'A place on earth and how well it is known.' });

/** When something happened, where that is not now. */
export const occurred = {
  occurredAt: Instant.optional().describe(
    'When it happened, if it is entered later; the policy limits how late.',
  ),
};
