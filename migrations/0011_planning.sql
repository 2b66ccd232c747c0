select read.create_model('measure', $columns$
  "measure_key" text collate "C" not null,
  "name" text collate "C" not null,
  "unit" text collate "C" not null,
  "additivity" text collate "C" not null,
  "direction" text collate "C" not null,
  "terms" jsonb not null,
  "denominator" jsonb not null,
  "state" text collate "C" not null
$columns$, '"measure_key"');
comment on table read.measure is 'The measures of targets that the tenant defined; those retired are kept.';
comment on column read.measure."measure_key" is 'The key of a measure of targets: a built-in one, or one that the tenant defined.';
comment on column read.measure."name" is 'Name for people.';
comment on column read.measure."unit" is 'Money, a count, or a ratio of counts.';
comment on column read.measure."additivity" is 'Whether the values of parts add up to that of the whole: always; not over time, where the last one counts, as of a stock; or never, as of a ratio.';
comment on column read.measure."direction" is 'Which way is better.';
comment on column read.measure."terms" is 'The facts that it adds up.';
comment on column read.measure."denominator" is 'The facts over whose sum that is taken; none where it is a sum.';
comment on column read.measure."state" is 'Whether new targets may have it.';
select past.create_model('measure');
select read.create_model('planning_cycle', $columns$
  "cycle_id" uuid not null,
  "unit_id" uuid not null,
  "name" text collate "C" not null,
  "period_id" text collate "C" not null,
  "period_start" date not null,
  "period_end" date not null,
  "state" text collate "C" not null,
  "phase" text collate "C" not null,
  "phases" jsonb not null,
  "themes" jsonb not null,
  "priorities" jsonb not null,
  "elements_missing" jsonb not null,
  "strategy_on" date,
  "segments" jsonb not null,
  "initiatives" jsonb not null,
  "initiatives_adrift" jsonb not null,
  "coordination" jsonb not null,
  "market_plan_on" date,
  "findings" jsonb not null,
  "carry_over" jsonb not null,
  "reviewed_on" date,
  "carried_over" jsonb not null,
  "previous_id" uuid,
  "next_cycle_id" uuid
$columns$, '"cycle_id"');
create index on read.planning_cycle (tenant_id, generation, "unit_id", "period_start");
comment on table read.planning_cycle is 'The planning cycles of units, from conception to control, and which one follows which.';
comment on column read.planning_cycle."cycle_id" is 'A planning cycle.';
comment on column read.planning_cycle."unit_id" is 'The unit that plans.';
comment on column read.planning_cycle."name" is 'Name of the cycle.';
comment on column read.planning_cycle."period_id" is 'The period that is planned.';
comment on column read.planning_cycle."period_start" is 'First day of the period.';
comment on column read.planning_cycle."period_end" is 'First day after the period.';
comment on column read.planning_cycle."state" is 'Whether the next cycle was opened.';
comment on column read.planning_cycle."phase" is 'How far a planning cycle has come.';
comment on column read.planning_cycle."phases" is 'The phases entered so far, and since when.';
comment on column read.planning_cycle."themes" is 'The themes of the strategy; empty before it is recorded.';
comment on column read.planning_cycle."priorities" is 'What comes first, the most important one first.';
comment on column read.planning_cycle."elements_missing" is 'What the strategy has no theme about: it is comprehensive when this is empty.';
comment on column read.planning_cycle."strategy_on" is 'The day on which the strategy was recorded last.';
comment on column read.planning_cycle."segments" is 'The segments of the market that are to be developed.';
comment on column read.planning_cycle."initiatives" is 'What is done to develop the market.';
comment on column read.planning_cycle."initiatives_adrift" is 'The initiatives whose theme the strategy no longer has.';
comment on column read.planning_cycle."coordination" is 'What was agreed with others.';
comment on column read.planning_cycle."market_plan_on" is 'The day on which the plan to develop the market was recorded last.';
comment on column read.planning_cycle."findings" is 'What the review found out.';
comment on column read.planning_cycle."carry_over" is 'What the next cycle has to take up.';
comment on column read.planning_cycle."reviewed_on" is 'The day of the last review.';
comment on column read.planning_cycle."carried_over" is 'What the cycle before left to this one.';
comment on column read.planning_cycle."previous_id" is 'The cycle before.';
comment on column read.planning_cycle."next_cycle_id" is 'The cycle after.';
select past.create_model('planning_cycle');

select read.create_model('market_assessment', $columns$
  "assessment_id" uuid not null,
  "narrowed_to" text collate "C" not null,
  "region_id" uuid,
  "product_group_id" uuid,
  "period_id" text collate "C" not null,
  "period_start" date not null,
  "period_end" date not null,
  "potential_minor" bigint not null,
  "currency" text collate "C" not null,
  "own_share_bp" integer not null,
  "structure" jsonb not null,
  "method" text collate "C" not null,
  "sources" jsonb not null,
  "strengths" jsonb not null,
  "weaknesses" jsonb not null,
  "opportunities" jsonb not null,
  "threats" jsonb not null,
  "assessed_on" date not null,
  "state" text collate "C" not null,
  "supersedes" uuid,
  "successor_id" uuid,
  "superseded_on" date,
  "superseded_because" text collate "C"
$columns$, '"assessment_id"');
create index on read.market_assessment (tenant_id, generation, "period_id", "region_id", "product_group_id");
comment on table read.market_assessment is 'What markets could buy in a period, and our share of it; one assessment of each market and period stands.';
comment on column read.market_assessment."assessment_id" is 'An assessment of a market.';
comment on column read.market_assessment."narrowed_to" is 'What the market is narrowed to; nothing is the whole of it.';
comment on column read.market_assessment."region_id" is 'A sales region.';
comment on column read.market_assessment."product_group_id" is 'A group of products.';
comment on column read.market_assessment."period_id" is 'A period, such as FY2026, FY2026-Q1, FY2026-M03, 2026-W07 or 2026-02-14.';
comment on column read.market_assessment."period_start" is 'First day of the period.';
comment on column read.market_assessment."period_end" is 'First day after the period.';
comment on column read.market_assessment."potential_minor" is 'What all suppliers together could sell in the period, in minor units.';
comment on column read.market_assessment."currency" is 'A currency, ISO 4217.';
comment on column read.market_assessment."own_share_bp" is 'Our share of the potential, in basis points.';
comment on column read.market_assessment."structure" is 'The segments of the market and their shares, which sum to 10 000; empty where unknown.';
comment on column read.market_assessment."method" is 'How it was found out.';
comment on column read.market_assessment."sources" is 'What it rests on.';
comment on column read.market_assessment."strengths" is 'What the company does well.';
comment on column read.market_assessment."weaknesses" is 'What it does badly.';
comment on column read.market_assessment."opportunities" is 'What the market offers.';
comment on column read.market_assessment."threats" is 'What the market threatens with.';
comment on column read.market_assessment."assessed_on" is 'The day of the assessment.';
comment on column read.market_assessment."state" is 'Whether another took its place.';
comment on column read.market_assessment."supersedes" is 'The assessment whose place it took.';
comment on column read.market_assessment."successor_id" is 'The assessment that took its place.';
comment on column read.market_assessment."superseded_on" is 'The day on which another took its place.';
comment on column read.market_assessment."superseded_because" is 'Why another took its place.';
select past.create_model('market_assessment');

select read.create_model('promotion', $columns$
  "promotion_id" uuid not null,
  "name" text collate "C" not null,
  "window_start" date not null,
  "window_end" date not null,
  "product_ids" jsonb not null,
  "region_ids" jsonb not null,
  "audience" jsonb not null,
  "target_ids" jsonb not null,
  "budget_minor" bigint not null,
  "spent_minor" bigint not null,
  "currency" text collate "C" not null,
  "over_budget" boolean not null,
  "state" text collate "C" not null,
  "launched_on" date,
  "ended_on" date,
  "result_note" text collate "C"
$columns$, '"promotion_id"');
create index on read.promotion (tenant_id, generation, "window_start");
comment on table read.promotion is 'The promotions, whom they are meant for, and what they cost.';
comment on column read.promotion."promotion_id" is 'A promotion.';
comment on column read.promotion."name" is 'Name of the promotion.';
comment on column read.promotion."window_start" is 'First day of the window.';
comment on column read.promotion."window_end" is 'First day after the window.';
comment on column read.promotion."product_ids" is 'The products that it promotes.';
comment on column read.promotion."region_ids" is 'The regions in which it runs; empty for everywhere.';
comment on column read.promotion."audience" is 'The customers whom a promotion is meant for: of one of the segments, in one of the regions, and on one of the channels. An empty list leaves nobody out.';
comment on column read.promotion."target_ids" is 'The targets that it supports.';
comment on column read.promotion."budget_minor" is 'What it may cost, in minor units.';
comment on column read.promotion."spent_minor" is 'What was spent on it so far, in minor units.';
comment on column read.promotion."currency" is 'A currency, ISO 4217.';
comment on column read.promotion."over_budget" is 'Whether more was spent than it may cost.';
comment on column read.promotion."state" is 'How far it has come.';
comment on column read.promotion."launched_on" is 'The day of its launch; null for one that never ran.';
comment on column read.promotion."ended_on" is 'The day of its end.';
comment on column read.promotion."result_note" is 'What came of it, as noted at its end.';
select past.create_model('promotion');

select read.create_model('promotion_spend', $columns$
  "promotion_id" uuid not null,
  "spend_id" uuid not null,
  "spent_on" date not null,
  "amount_minor" bigint not null,
  "currency" text collate "C" not null,
  "note" text collate "C" not null
$columns$, '"promotion_id", "spend_id"');
comment on table read.promotion_spend is 'What was spent on promotions, and when.';
comment on column read.promotion_spend."promotion_id" is 'A promotion.';
comment on column read.promotion_spend."spend_id" is 'What was spent on a promotion at one time.';
comment on column read.promotion_spend."spent_on" is 'The day on which it was spent.';
comment on column read.promotion_spend."amount_minor" is 'Minor units; below zero where it was taken back.';
comment on column read.promotion_spend."currency" is 'A currency, ISO 4217.';
comment on column read.promotion_spend."note" is 'What it was spent on.';
select past.create_model('promotion_spend');
